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
    /// have this name.
    private var positions: [Int: [[Int]]] = [:]

    init(graph: ShapeGraph) { self.graph = graph }

    /// The members of a structure, from its element, in the order of the model.
    ///
    /// Members in headers are left out. An `XMLOutput` reads elements of one document only.
    mutating func members(_ element: XMLElement, _ reference: ShapeReference) throws(AWSError) -> JSONObject {
        let shape = graph[reference]
        if shape.isUnion, let unknown = try unknownMember(of: element, shape) { return unknown }
        let positions = positions(reference, shape, element.document)
        var found: [FoundMember] = []
        for child in element.children {
            for position in positions[child.namePosition] { found.append((position, child)) }
        }
        found.sort { $0.position < $1.position }  // Stable: elements of one list keep their order.
        var rest = found[...]
        var members: [JSONObject.Element] = []
        members.reserveCapacity(found.count)
        for (position, member) in shape.members.enumerated() {
            let alike = rest.prefix { $0.position == position }
            rest = rest[alike.endIndex...]
            if let first = alike.first {
                members.append((member.name, try value(first.element, others: alike.dropFirst(), member)))
            } else if member.flags.contains(.xmlAttribute), let text = attribute(member.wireName, of: element) {
                members.append((member.name, .string(text)))
            }
        }
        return JSONObject(distinct: members)
    }

    /// A member's position in its structure, and an element with its name.
    private typealias FoundMember = (position: Int, element: XMLElement)

    /// - Parameter others: further elements with the same name, which flattened lists and maps have.
    private mutating func value(
        _ element: XMLElement, others: ArraySlice<FoundMember> = [], _ reference: ShapeReference
    ) throws(AWSError) -> JSONValue {
        let isFlat = reference.flags.contains(.flattened)
        switch graph[reference].kind {
        case .structure: return .object(try members(element, reference))
        case .list where isFlat: return try list([element] + others.map(\.element), reference)
        case .list: return try list(element.children, reference)
        case .map where isFlat: return try map([element] + others.map(\.element), reference)
        case .map: return try map(element.children, reference)
        default: return try graph.scalar(element.text, reference)
        }
    }

    private mutating func list(
        _ elements: some Sequence<XMLElement>, _ reference: ShapeReference
    ) throws(AWSError) -> JSONValue {
        let element = graph.element(of: reference)
        var values: [JSONValue] = []
        for item in elements { values.append(try value(item, element)) }
        return .array(values)
    }

    private mutating func map(
        _ entries: some Sequence<XMLElement>, _ reference: ShapeReference
    ) throws(AWSError) -> JSONValue {
        let (key, element) = graph.entry(of: reference)
        var members: JSONObject = [:]
        for entry in entries {
            guard let name = entry.first(key.locationName ?? "key"),
                let content = entry.first(element.locationName ?? "value")
            else { throw .unexpected("map \(reference.name)", "an entry without key or value") }
            members[name.text] = try value(content, element)
        }
        return .object(members)
    }

    /// Several members may have one name: S3's `Event` and `Events`.
    private mutating func positions(
        _ reference: ShapeReference, _ shape: Shape, _ document: XMLDocument
    ) -> [[Int]] {
        if let known = positions[reference.index] { return known }
        var members: [String: [Int]] = [:]
        for (position, member) in shape.members.enumerated() where member.location == nil {
            members[wireName(member), default: []].append(position)
        }
        let found = document.names.map { members[$0] ?? [] }
        positions[reference.index] = found
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
