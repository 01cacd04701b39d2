import Transport

/// One thing to watch: an entry of `endpoints:` in Gatus's format (github.com/TwiN/gatus, v5), every default filled in.
struct Endpoint: Sendable {
    /// `name`: never empty.
    var name: String
    /// `group`.
    var group: String?
    /// `url` as it was written.
    var url: String
    /// What `url` (and `dns`) ask for.
    var target: CheckTarget
    /// `conditions`: at least one.
    var conditions: [Condition]
    /// `method`.
    var method = "GET"
    /// `body` with its placeholders, see ``sentBody(localAddress:random:)``; a GraphQL query is not wrapped yet.
    var body = ""
    /// `headers`, with User-Agent and, for GraphQL, Content-Type added.
    ///
    /// Values may be secrets.
    var headers: HTTPHeaders = ["User-Agent": Endpoint.userAgent]
    /// `graphql`: whether the body goes out as `{"query": body}`.
    var isGraphQL = false
    /// `interval`: how often the check is due.
    var interval = Duration.seconds(60)
    /// `client`.
    var client = ClientSettings()
    /// `ui`: what results show.
    var ui = UISettings()
    /// `maintenance-windows`; the file's own `maintenance` comes on top.
    var maintenance: [MaintenanceWindow] = []
    /// `enabled`.
    var isEnabled = true
    /// `extra-labels`, sorted by name: further dimensions for metrics.
    var labels: [(name: String, value: String)] = []
    /// `retry`, ours: how a failure is confirmed before it counts.
    var confirmation = Confirmation()
    /// `allow`, ours: classes of addresses that may be connected to although they are refused by default.
    var allowedAddresses: Set<AddressClass> = []

    /// What Tocsin calls itself where the file does not say.
    static let userAgent = "Tocsin/1.0"
}

extension Endpoint {
    /// Gatus's key, `<group>_<name>` in lower case with `-` for special characters: unique in a file.
    var key: String { Self.key(group: group, name: name) }

    /// `group/name`, or the name alone.
    var displayName: String { group.map { "\($0)/\(name)" } ?? name }
}

extension Endpoint: CustomStringConvertible {
    /// Its name: headers, body and URL may hold secrets.
    var description: String { displayName }
}
