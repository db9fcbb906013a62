"""What is printed: text, Markdown, JSON, SARIF and annotations, each with the escaping that its place needs."""
