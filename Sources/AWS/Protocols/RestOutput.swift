internal import JSON
internal import Transport

/// Gathers outputs from status, headers and body, for `rest-json` and `rest-xml`.
struct RestOutput {
    let graph: ShapeGraph
    let wireProtocol: WireProtocol
    /// Whether an error's members are read, which XML has inside an `Error`.
    var isError = false
    /// The body's document, where it has been read before.
    var document: XMLElement?

    /// The members of an output, and its raw body when that is one of them.
    func members(
        _ response: WireResponse, _ reference: ShapeReference
    ) throws(AWSError) -> (members: JSONObject, payload: [UInt8]?) {
        let shape = graph[reference]
        var members: JSONObject = [:]
        for member in shape.members { members[member.name] = try outsideBody(response, member) }
        guard let name = shape.payload, let payload = shape.member(name) else {
            let body = try body(response.body, reference)
            for (name, value) in body { members[name] = value }
            return (members, nil)
        }
        switch graph[payload].kind {
        case .blob: return (members, response.body)
        case .string: members[name] = .string(String(decoding: response.body, as: UTF8.self))
        default: members[name] = .object(try body(response.body, payload))
        }
        return (members, nil)
    }

    private func body(_ bytes: [UInt8], _ reference: ShapeReference) throws(AWSError) -> JSONObject {
        if bytes.isEmpty { return [:] }
        if wireProtocol == .restJSON {
            let object = try JSONOutput.object(bytes)
            return try JSONOutput(graph: graph, convertsScalars: true).members(object, reference)
        }
        let root: XMLElement
        if let document { root = document } else { root = try XMLReader.read(bytes) }
        return try XMLOutput(graph: graph).members(isError ? root.errorElement ?? root : root, reference)
    }

    private func outsideBody(_ response: WireResponse, _ member: ShapeReference) throws(AWSError) -> JSONValue? {
        switch member.location {
        case .statusCode: return JSONValue(response.status)
        case .headers:
            let prefix = member.wireName.lowercased()
            var members: JSONObject = [:]
            for field in response.headers where field.name.lowercased().hasPrefix(prefix) {
                members[String(field.name.dropFirst(prefix.count))] = .string(field.value)
            }
            return .object(members)
        case .header:
            guard let text = response.headers[member.wireName] else { return nil }
            return try value(text, member)
        case .uri, .query, nil: return nil
        }
    }

    private func value(_ text: String, _ member: ShapeReference) throws(AWSError) -> JSONValue {
        if member.flags.contains(.jsonValue) {
            let bytes = Base64.decode(text)
            guard let json = bytes.flatMap({ try? JSONValue(parsing: $0) }) else {
                throw .unexpected("base64 of JSON in header \(member.wireName)", "\"\(text)\"")
            }
            return json
        }
        guard graph[member].kind == .list else { return try graph.scalar(text, member) }
        let element = graph.element(of: member)
        var values: [JSONValue] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            values.append(try graph.scalar(trimmed(item), element))
        }
        return .array(values)
    }
}
