"""What learning management systems give and take: hand-ins as they export them, gradebooks as they import them."""
