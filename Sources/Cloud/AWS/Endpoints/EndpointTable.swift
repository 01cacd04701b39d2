import JSON

/// The hosts of a service, or of one of its operations, by region and partition.
///
/// `Tools/aws-models/endpoints.py` derives the rows from botocore's endpoint rules, compares them with botocore for all
/// regions and settings, and describes their form. A table without rows has the usual hosts everywhere.
final class EndpointTable: Sendable {
    /// The hosts of most services: standard, FIPS, dual stack, both.
    private static let standardHosts = [
        "{prefix}.{region}.{dnsSuffix}", "{prefix}-fips.{region}.{dnsSuffix}",
        "{prefix}.{region}.{dualStackDnsSuffix}", "{prefix}-fips.{region}.{dualStackDnsSuffix}",
    ]

    /// What endpoints are asked for.
    struct Query: Sendable {
        /// The first label of the usual hosts: `monitoring` for CloudWatch.
        let prefix: String
        var region: String
        let partition: AWSPartition
        let usesFIPS: Bool
        let usesDualStack: Bool
    }

    /// The rows by region, partition or `*`.
    private let rows: JSONValue?

    init(_ rows: JSONValue?) { self.rows = rows }

    /// The URL without a slash at its end: `https://sns.eu-central-1.amazonaws.com`; nil when there is no such endpoint.
    func url(_ query: Query) -> String? {
        let variant = (query.usesFIPS ? 1 : 0) + (query.usesDualStack ? 2 : 0)
        let own = first(query) { $0["hosts"]?.arrayValue?.dropFirst(variant).first?.stringValue }
        let host = own ?? Self.standardHosts[variant]
        guard !host.isEmpty else { return nil }
        return (host.hasPrefix("http://") ? "" : "https://") + Self.filled(host, query)
    }

    /// The region in signatures; nil for the region of the request.
    func signingRegion(_ query: Query) -> String? { first(query) { $0["signingRegion"]?.stringValue } }

    /// The service's name in signatures; nil for the usual one.
    func signingName(_ query: Query) -> String? { first(query) { $0["signingName"]?.stringValue } }

    /// The value in the most specific row that has it.
    private func first(_ query: Query, _ value: (JSONValue) -> String?) -> String? {
        guard let rows else { return nil }
        for key in [query.region, query.partition.name, "*"] {
            if let row = rows[key], let found = value(row) { return found }
        }
        return nil
    }

    /// A host with its placeholders replaced.
    private static func filled(_ host: String, _ query: Query) -> String {
        var text = ""
        for part in host.split(separator: "{", omittingEmptySubsequences: false) {
            let end = part.firstIndex(of: "}") ?? part.startIndex
            switch part[..<end] {
            case "prefix": text += query.prefix
            case "region": text += query.region
            case "dnsSuffix": text += query.partition.dnsSuffix
            case "dualStackDnsSuffix": text += query.partition.dualStackDNSSuffix
            default: break
            }
            text += end == part.startIndex ? part : part[end...].dropFirst()
        }
        return text
    }
}
