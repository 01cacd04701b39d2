import Basics
import JSON

/// Writes inputs as XML, for `rest-xml`.
struct XMLSerializer {
    private let graph: ShapeGraph
    private var bytes: [UInt8] = []

    /// The bytes of one element without a declaration, as S3 takes it.
    static func body(_ value: JSONValue, _ reference: ShapeReference, in graph: ShapeGraph) -> [UInt8] {
        var serializer = XMLSerializer(graph: graph)
        serializer.write(value, reference, as: reference.wireName)
        return serializer.bytes
    }

    private init(graph: ShapeGraph) { self.graph = graph }

    private mutating func write(_ value: JSONValue, _ reference: ShapeReference, as name: String) {
        switch (graph[reference].kind, value) {
        case (.structure, .object(let members)): write(members, reference, as: name)
        case (.list, .array(let elements)):
            let element = graph.element(of: reference)
            if reference.flags.contains(.flattened) {
                for value in elements { write(value, element, as: name) }
            } else {
                let start = open(name, reference)
                for value in elements { write(value, element, as: element.locationName ?? "member") }
                close(name, start)
            }
        case (.map, .object(let members)):
            let (key, element) = graph.entry(of: reference)
            let isFlat = reference.flags.contains(.flattened)
            let start = isFlat ? nil : open(name, reference)
            for (member, value) in members {
                let entry = isFlat ? name : "entry"
                let start = open(entry, nil)
                write(.string(member), key, as: key.locationName ?? "key")
                write(value, element, as: element.locationName ?? "value")
                close(entry, start)
            }
            if let start { close(name, start) }
        case (let kind, _):
            let start = open(name, reference)
            escape(WireText.text(value, kind, timestamps: reference.timestampFormat ?? .iso8601))
            close(name, start)
        }
    }

    private mutating func write(_ members: JSONObject, _ reference: ShapeReference, as name: String) {
        let shape = graph[reference]
        var attributes: [(String, String)] = []
        var children: [(JSONValue, ShapeReference)] = []
        for (name, value) in members {
            guard let member = shape.member(name) else { continue }
            if member.flags.contains(.xmlAttribute) {
                attributes.append((member.wireName, value.stringValue ?? ""))
            } else {
                children.append((value, member))
            }
        }
        let start = open(name, reference, attributes)
        for (value, member) in children { write(value, member, as: member.wireName) }
        close(name, start)
    }

    /// Writes an opening tag.
    ///
    /// Returns the length of the text up to here, by which `close` sees whether there is content.
    private mutating func open(
        _ name: String, _ reference: ShapeReference?, _ attributes: [(String, String)] = []
    ) -> Int {
        bytes += "<\(name)".utf8
        if let namespace = reference?.xmlNamespace {
            write(attribute: namespace.prefix.map { "xmlns:" + $0 } ?? "xmlns", namespace.uri)
        }
        for (name, value) in attributes { write(attribute: name, value) }
        bytes += ">".utf8
        return bytes.count
    }

    private mutating func write(attribute name: String, _ value: String) {
        bytes += " \(name)=\"".utf8
        escape(value, quoted: true)
        bytes += "\"".utf8
    }

    /// Writes a closing tag, or turns the opening tag into an empty one.
    private mutating func close(_ name: String, _ start: Int) {
        if start == bytes.count {
            bytes.removeLast()
            bytes += " />".utf8
        } else {
            bytes += "</\(name)>".utf8
        }
    }

    /// Line ends are escaped because XML parsers would normalise them.
    private mutating func escape(_ value: String, quoted: Bool = false) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += quoted ? "&quot;".utf8 : "\"".utf8
            case UInt8(ascii: "\t"): bytes += quoted ? "&#09;".utf8 : "\t".utf8
            case UInt8(ascii: "\r"): bytes += quoted ? "&#13;".utf8 : "&#xD;".utf8
            case UInt8(ascii: "\n"): bytes += quoted ? "&#10;".utf8 : "&#xA;".utf8
            default: bytes.append(byte)
            }
        }
    }
}

/// Reads outputs from XML, for `query`, `ec2` and `rest-xml`.
struct XMLOutput {
    private let graph: ShapeGraph
    /// By the position of a structure in the graph, then by that of an element's name in the document: the members that
    /// have this name; nil until they are looked for.
    private var positions: [[[Int]?]]

    init(graph: ShapeGraph) {
        self.graph = graph
        positions = [[[Int]?]](repeating: [], count: graph.shapes.count)
    }

    /// The members of a structure, from its element, in the order of the model.
    ///
    /// Members in headers are left out. An `XMLOutput` reads elements of one document only.
    mutating func members(_ element: XMLElement, _ reference: ShapeReference) throws(AWSError) -> JSONObject {
        let shape = graph[reference]
        if shape.isUnion, let unknown = try unknownMember(of: element, shape) { return unknown }
        var found: [(position: Int, element: XMLElement)] = []
        for child in element.children {
            for position in positions(of: child, in: shape, reference) { found.append((position, child)) }
        }
        var members: [JSONObject.Element] = []
        members.reserveCapacity(found.count)
        for (position, member) in shape.members.enumerated() {
            if let first = found.first(where: { $0.position == position })?.element {
                let isFlat = member.flags.contains(.flattened)
                let elements = isFlat ? found.compactMap { $0.position == position ? $0.element : nil } : []
                members.append((member.name, try value(first, elements, member)))
            } else if member.flags.contains(.xmlAttribute), let text = attribute(member.wireName, of: element) {
                members.append((member.name, .string(text)))
            }
        }
        return JSONObject(distinct: members)
    }

    /// - Parameter flat: the elements of a flattened list or map.
    private mutating func value(
        _ element: XMLElement, _ flat: [XMLElement], _ reference: ShapeReference
    ) throws(AWSError) -> JSONValue {
        switch graph[reference].kind {
        case .structure: .object(try members(element, reference))
        case .list: try list(flat.isEmpty ? Array(element.children) : flat, reference)
        case .map: try map(flat.isEmpty ? Array(element.children) : flat, reference)
        default: try graph.scalar(element.text, reference)
        }
    }

    private mutating func list(
        _ elements: [XMLElement], _ reference: ShapeReference
    ) throws(AWSError) -> JSONValue {
        let element = graph.element(of: reference)
        var values: [JSONValue] = []
        values.reserveCapacity(elements.count)
        let isFlat = element.flags.contains(.flattened)
        for item in elements { values.append(try value(item, isFlat ? [item] : [], element)) }
        return .array(values)
    }

    private mutating func map(
        _ entries: [XMLElement], _ reference: ShapeReference
    ) throws(AWSError) -> JSONValue {
        let (key, element) = graph.entry(of: reference)
        var members: JSONObject = [:]
        for entry in entries {
            guard let name = entry.first(key.locationName ?? "key"),
                let content = entry.first(element.locationName ?? "value")
            else { throw .unexpected("map \(reference.name)", "an entry without key or value") }
            members[name.text] = try value(content, element.flags.contains(.flattened) ? [content] : [], element)
        }
        return .object(members)
    }

    /// The members that have an element's name: several for S3's `Event` and `Events`.
    private mutating func positions(of element: XMLElement, in shape: Shape, _ reference: ShapeReference) -> [Int] {
        let (structure, name) = (reference.index, element.namePosition)
        if positions[structure].isEmpty {
            positions[structure] = [[Int]?](repeating: nil, count: element.document.names.count)
        }
        if let known = positions[structure][name] { return known }
        let found = shape.members.indices.filter { index in
            shape.members[index].location == nil && wireName(shape.members[index]) == element.name
        }
        positions[structure][name] = found
        return found
    }

    /// The name of a member's elements.
    ///
    /// A flattened list has the name of its element type, if that has one.
    private func wireName(_ member: ShapeReference) -> String {
        guard member.flags.contains(.flattened), graph[member].kind == .list else { return member.wireName }
        return graph.element(of: member).locationName ?? member.wireName
    }

    /// The model writes attributes in a namespace with a prefix (`xsi:type`); the document may use another prefix.
    private func attribute(_ name: String, of element: XMLElement) -> String? {
        let local = name.split(separator: ":").last.map(String.init)
        return element.attributes.first { $0.hasNamespace ? $0.name == local : $0.name == name }?.value
    }

    private func unknownMember(of element: XMLElement, _ shape: Shape) throws(AWSError) -> JSONObject? {
        guard let tag = element.children.first(where: { _ in true })?.name,
            element.children.allSatisfy({ $0.name == tag })
        else { throw .unexpected("union", "none or several of its members") }
        return shape.members.contains { $0.wireName == tag } ? nil : .unknownMember(tag)
    }
}

extension JSONObject {
    /// boto3's form of a union with a member that the model does not have.
    static func unknownMember(_ tag: String) -> JSONObject { ["SDK_UNKNOWN_MEMBER": ["name": .string(tag)]] }
}

extension AWSError {
    /// A response that does not fit the model.
    static func unexpected(_ expected: String, _ found: String) -> AWSError {
        AWSError(.invalidResponse, "The response does not fit the model: expected \(expected), found \(found)")
    }
}
