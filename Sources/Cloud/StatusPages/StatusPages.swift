/// Draws services and their histories.
enum StatusPages {}
