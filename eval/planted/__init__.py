"""Planted faults: does the verifier find a claim that was broken on purpose, and leave a true rewording alone?

The cases lie in `eval/suites/planted/`: true rewordings written by hand, faults planted into them by hand, and faults
planted by the rules of this package. Nothing here knows how the verifier is trained or what it looks for.
"""
