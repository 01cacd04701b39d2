internal import JSON

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

    /// Begins an element and returns the place after its opening tag.
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

    /// Ends an element; one without content becomes an empty tag.
    private mutating func close(_ name: String, _ start: Int) {
        if start == bytes.count {
            bytes.removeLast()
            bytes += " />".utf8
        } else {
            bytes += "</\(name)>".utf8
        }
    }

    /// Line ends are escaped, or the reader's line-end rules would change them.
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
