/// A use of a shape, with the traits of the place and, below them, those of the shape itself.
struct ShapeReference: Sendable {
    enum Location: String, Sendable {
        case uri, header, headers, statusCode
        case query = "querystring"
    }

    enum TimestampFormat: String, Sendable {
        case iso8601, rfc822
        case unix = "unixTimestamp"
    }

    struct XMLNamespace: Sendable {
        let prefix: String?
        let uri: String
    }

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        static let flattened = Flags(rawValue: 1)
        static let xmlAttribute = Flags(rawValue: 2)
        static let idempotencyToken = Flags(rawValue: 4)
        static let jsonValue = Flags(rawValue: 8)
        static let hostLabel = Flags(rawValue: 16)
    }

    /// The member's name; empty for elements, keys, values, inputs and outputs.
    let name: String
    /// The place of the shape in its operation's list.
    let index: Int
    let locationName: String?
    /// `ec2` only: the name in requests.
    let queryName: String?
    let location: Location?
    let timestampFormat: TimestampFormat?
    let xmlNamespace: XMLNamespace?
    let flags: Flags

    /// The name on the wire, by all protocols' rule but that of `ec2` requests.
    var wireName: String { locationName ?? name }
}
