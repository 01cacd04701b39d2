import Basics
import JSON

/// Writes inputs as JSON, for `json` and `rest-json`.
struct JSONSerializer {
    let graph: ShapeGraph

    func json(_ value: JSONValue, _ reference: ShapeReference) -> JSONValue {
        let shape = graph[reference]
        switch (shape.kind, value) {
        case (.structure, .object(let members)) where !shape.isDocument:
            return .object(
                JSONObject(
                    members.compactMap { name, value in
                        shape.member(name).map { ($0.wireName, json(value, $0)) }
                    }
                )
            )
        case (.list, .array(let elements)):
            let element = graph.element(of: reference)
            return .array(elements.map { json($0, element) })
        case (.map, .object(let members)):
            let element = graph.entry(of: reference).value
            return .object(JSONObject(members.map { ($0, json($1, element)) }))
        case (.timestamp, _):
            let format = reference.timestampFormat ?? .unix
            guard let timestamp = Timestamp(wire: value) else { return value }
            return format == .unix ? timestamp.wireSeconds : .string(timestamp.wireText(format))
        case (.double, .double(let number)) where !number.isFinite: return .string(WireText.number(number))
        default: return value
        }
    }
}

/// Reads outputs from JSON, for `json` and `rest-json`.
struct JSONOutput {
    let graph: ShapeGraph
    /// Whether scalars are converted to the type in the model (`rest-json`) or left as they are (`json`).
    let convertsScalars: Bool

    /// The members of a structure.
    ///
    /// Null members and members in headers are left out.
    func members(_ object: JSONObject, _ reference: ShapeReference) throws(AWSError) -> JSONObject {
        let shape = graph[reference]
        if shape.isUnion, let unknown = try unknownMember(of: object, shape) { return unknown }
        var members: JSONObject = [:]
        for member in shape.members where member.location == nil {
            guard let found = object[member.wireName], found != .null else { continue }
            members[member.name] = try value(found, member)
        }
        return members
    }

    private func value(_ json: JSONValue, _ reference: ShapeReference) throws(AWSError) -> JSONValue {
        let shape = graph[reference]
        switch (shape.kind, json) {
        case (_, .null): return .null
        case (.structure, _) where shape.isDocument: return json
        case (.structure, .object(let object)): return .object(try members(object, reference))
        case (.list, .array(let elements)):
            let element = graph.element(of: reference)
            var values: [JSONValue] = []
            for item in elements { values.append(try value(item, element)) }
            return .array(values)
        case (.map, .object(let object)):
            let element = graph.entry(of: reference).value
            var members: JSONObject = [:]
            for (key, item) in object { members[key] = try value(item, element) }
            return .object(members)
        case (.structure, _), (.list, _), (.map, _): break
        case (.timestamp, _):
            if let timestamp = Timestamp(wire: json) { return .string(timestamp.outputText) }
        case (.blob, .string(let text)): return try graph.scalar(text, reference)
        case (_, .string(let text)) where convertsScalars: return try graph.scalar(text, reference)
        case (.double, .integer) where convertsScalars: return .double(json.doubleValue ?? 0)
        case (.integer, .double(let number)) where convertsScalars:
            if let number = Int64(exactly: number.rounded(.towardZero)) { return .integer(number) }
        default: return json
        }
        throw .unexpected("\(shape.kind) \(reference.name)", json.kindName)
    }

    private func unknownMember(of object: JSONObject, _ shape: Shape) throws(AWSError) -> JSONObject? {
        let tags = object.lazy.filter { $0.key != "__type" && $0.value != .null }.map(\.key)
        guard let tag = tags.first, tags.count == 1 else {
            throw .unexpected("union", "none or several of its members")
        }
        return shape.members.contains { $0.wireName == tag } ? nil : .unknownMember(tag)
    }
}

extension JSONOutput {
    /// Parses a body as an object; an empty body is an empty object.
    /// - Throws: `invalidResponse` when it is not a JSON object.
    static func object(_ body: [UInt8]) throws(AWSError) -> JSONObject {
        if body.isEmpty { return [:] }
        do {
            let json = try JSONValue(parsing: body)
            guard let object = json.objectValue else { throw AWSError.unexpected("a JSON object", json.kindName) }
            return object
        } catch let error as AWSError {
            throw error
        } catch {
            throw AWSError(.invalidResponse, "The response's body is no valid JSON: \(error)", underlying: error)
        }
    }
}
