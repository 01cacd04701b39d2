import Basics
import JSON
import Transport

/// Writes inputs into path, query, headers and body, for `rest-json` and `rest-xml`.
struct RestSerializer {
    private let operation: OperationModel
    private let graph: ShapeGraph
    private var labels: [String: String] = [:]
    private var query: [QueryItem] = []
    private var headers: HTTPHeaders = [:]
    private var bodyMembers: JSONObject = [:]

    static func request(
        _ input: JSONObject, _ payload: [UInt8]?, of operation: OperationModel
    ) -> WireRequest {
        var serializer = RestSerializer(operation: operation, graph: operation.graph)
        return serializer.request(input, payload)
    }

    private init(operation: OperationModel, graph: ShapeGraph) {
        self.operation = operation
        self.graph = graph
    }

    private mutating func request(_ input: JSONObject, _ payload: [UInt8]?) -> WireRequest {
        for (name, value) in input {
            if let member = operation.input.flatMap({ graph[$0].member(name) }) { place(value, member) }
        }
        let (path, fixedQuery) = uri()
        var request = WireRequest(method: operation.method, path: path, query: fixedQuery + query, headers: headers)
        guard let shape = operation.input else { return request }
        request.body = payload ?? body(input, shape)
        if operation.service.wireProtocol == .restJSON, !request.body.isEmpty, !isRaw(payloadMember(of: shape)),
            headers["Content-Type"] == nil
        {
            request.headers.add("Content-Type", "application/json")
        }
        return request
    }

    private mutating func place(_ value: JSONValue, _ member: ShapeReference) {
        switch member.location {
        case .uri: labels[member.wireName] = text(value, member, .iso8601)
        case .query: place(inQuery: value, member)
        case .header:
            if case .array(let elements) = value, elements.isEmpty { return }
            headers.add(member.wireName, headerText(value, member))
        case .headers:
            for (name, value) in value.objectValue ?? [:] {
                headers.add(member.wireName + name, value.stringValue ?? "")
            }
        case .statusCode, nil: bodyMembers[member.name] = value
        }
    }

    private mutating func place(inQuery value: JSONValue, _ member: ShapeReference) {
        switch value {
        case .object(let members):
            for (name, value) in members {
                for value in value.arrayValue ?? [value] { query.append(QueryItem(name, value.stringValue ?? "")) }
            }
        case .array(let elements):
            let element = graph.element(of: member)
            query += elements.map { QueryItem(member.wireName, text($0, element, .iso8601)) }
        default: query.append(QueryItem(member.wireName, text(value, member, .iso8601)))
        }
    }

    private func text(
        _ value: JSONValue, _ member: ShapeReference, _ timestamps: ShapeReference.TimestampFormat
    ) -> String {
        WireText.text(value, graph[member].kind, timestamps: member.timestampFormat ?? timestamps)
    }

    private func headerText(_ value: JSONValue, _ member: ShapeReference) -> String {
        if member.flags.contains(.jsonValue) { return Base64.encode(value.serialized()) }
        if graph[member].kind == .timestamp, let timestamp = Timestamp(wire: value) {
            return text(.integer(timestamp.wholeSeconds), member, .rfc822)
        }
        guard case .array(let elements) = value else { return text(value, member, .rfc822) }
        let element = graph.element(of: member)
        return elements.map { value in
            let text = headerText(value, element)
            guard graph[element].kind == .string, text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C }) else {
                return text
            }
            return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
        }.joined(separator: ",")
    }

    /// The path with its labels filled in, and the query that is part of the operation itself (`?uploads`).
    private func uri() -> (path: String, query: [QueryItem]) {
        let parts = operation.uri.split(separator: "?", maxSplits: 1)
        var path = ""
        var rest = parts[0]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            path += rest[..<open]
            let label = rest[open...].dropFirst().prefix { $0 != "}" }
            let value = labels[String(label.last == "+" ? label.dropLast() : label)] ?? ""
            path += percentEncoded(value, keeping: label.last == "+" ? "/" : "")
            rest = rest[close...].dropFirst()
        }
        let query: [QueryItem] =
            parts.count == 1
            ? []
            : parts[1].split(separator: "&").map { item in
                let halves = item.split(separator: "=", maxSplits: 1).map(String.init)
                return QueryItem(halves[0], halves.count == 1 ? nil : halves[1])
            }
        return (path + rest, query)
    }

    private func payloadMember(of shape: ShapeReference) -> ShapeReference? {
        graph[shape].payload.flatMap(graph[shape].member)
    }

    /// Whether the body is the member's bytes as they are.
    private func isRaw(_ payload: ShapeReference?) -> Bool {
        guard let payload else { return false }
        return graph[payload].kind == .blob || graph[payload].kind == .string
    }

    private func body(_ input: JSONObject, _ shape: ShapeReference) -> [UInt8] {
        let isJSON = operation.service.wireProtocol == .restJSON
        if let member = payloadMember(of: shape) {
            guard let value = input[member.name] else { return isJSON && !isRaw(member) ? Array("{}".utf8) : [] }
            switch graph[member].kind {
            case .string: return Array((value.stringValue ?? "").utf8)
            case .blob: return value.stringValue.flatMap(Base64.decode) ?? []
            default: return body(value, member)
            }
        }
        if isJSON {
            let takesBody = graph[shape].members.contains { $0.location == nil }
            return takesBody ? body(.object(bodyMembers), shape) : []
        }
        return bodyMembers.isEmpty ? [] : body(.object(bodyMembers), shape)
    }

    private func body(_ value: JSONValue, _ shape: ShapeReference) -> [UInt8] {
        if operation.service.wireProtocol == .restJSON {
            return JSONSerializer(graph: graph).json(value, shape).serialized()
        }
        return XMLSerializer.body(value, shape, in: graph)
    }
}

/// Reads outputs from status, headers and body, for `rest-json` and `rest-xml`.
struct RestOutput {
    let graph: ShapeGraph
    let wireProtocol: WireProtocol
    /// Whether the members of an error are read.
    ///
    /// XML has them inside an element `Error`.
    var isError = false
    /// The parsed body, when a caller has parsed it already.
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
        var output = XMLOutput(graph: graph)
        return try output.members(isError ? root.errorElement ?? root : root, reference)
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
            values.append(try graph.scalar(String(item.trimmingWhitespace), element))
        }
        return .array(values)
    }
}
