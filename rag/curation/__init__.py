"""The corpus folder's care: adding, checking, fetching, and keeping the lives of its sources up to date."""
