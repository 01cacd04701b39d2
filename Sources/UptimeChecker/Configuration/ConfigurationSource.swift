import AWS

/// Where the endpoints come from.
enum ConfigurationSource: Sendable, Hashable {
    /// A configuration in Gatus's format.
    case text(TextSource)
    /// `URLS_TO_MONITOR` and `TIMEOUT`: the list of the function that Tocsin replaces.
    case urls([String], timeout: Duration)
}
