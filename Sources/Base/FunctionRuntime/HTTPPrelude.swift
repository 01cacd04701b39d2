public import JSON

/// HTTP status and headers that precede a streamed body, for callers that speak HTTP.
public struct HTTPPrelude: Sendable, Hashable {
    /// The HTTP status code.
    public var statusCode: Int

    /// Header fields.
    ///
    /// A name may occur more than once (in any case); `Set-Cookie` belongs in ``cookies``.
    public var headers: [(name: String, value: String)] {
        get { fields.map { ($0.name, $0.value) } }
        set { fields = newValue.map(Field.init) }
    }

    /// Values of `Set-Cookie`, one cookie each.
    public var cookies: [String]

    private var fields: [Field]

    private struct Field: Sendable, Hashable {
        let name: String
        let value: String
    }

    /// Creates a prelude.
    public init(statusCode: Int = 200, headers: [(name: String, value: String)] = [], cookies: [String] = []) {
        self.statusCode = statusCode
        self.cookies = cookies
        self.fields = headers.map(Field.init)
    }

    /// The prelude as Lambda's HTTP integrations take it: `statusCode`, `headers` for names that occur once,
    /// `multiValueHeaders` for the others, `cookies`.
    ///
    /// - Parameter contentType: Becomes the `content-type` header when ``headers`` name none.
    public func json(contentType: String) -> JSONValue {
        var single: JSONObject = [:]
        var multiple: JSONObject = [:]
        for (name, values) in grouped(contentType: contentType) {
            if values.count == 1 { single[name] = .string(values[0]) }
            if values.count > 1 { multiple[name] = .array(values.map { .string($0) }) }
        }
        var object: JSONObject = ["statusCode": .integer(Int64(statusCode)), "headers": .object(single)]
        if !multiple.isEmpty { object["multiValueHeaders"] = .object(multiple) }
        if !cookies.isEmpty { object["cookies"] = .array(cookies.map { .string($0) }) }
        return .object(object)
    }

    private func grouped(contentType: String) -> [(name: String, values: [String])] {
        var groups: [(name: String, values: [String])] = []
        for field in fields {
            let name = field.name.lowercased()
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].values.append(field.value)
            } else {
                groups.append((name, [field.value]))
            }
        }
        if !groups.contains(where: { $0.name == "content-type" }) { groups.append(("content-type", [contentType])) }
        return groups
    }
}
