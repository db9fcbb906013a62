"""Real servers for tests: each listens on 127.0.0.1 only and ends with the test that started it."""
