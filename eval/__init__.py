"""The evaluation harness: runs questions, keeps everything needed to run them again, and scores from files only."""
