import Basics
import JSON

/// Writes inputs as a form, for `query` and `ec2`.
struct QuerySerializer {
    private let graph: ShapeGraph
    private let isEC2: Bool
    private var form = ""

    /// The form's bytes: action, version, then the members under names like `Tags.member.1.Key`.
    static func body(_ input: JSONValue, of operation: OperationModel) -> [UInt8] {
        var serializer = QuerySerializer(graph: operation.graph, isEC2: operation.service.wireProtocol == .ec2)
        serializer.add("Action", operation.name)
        serializer.add("Version", operation.service.apiVersion)
        if let shape = operation.input { serializer.write(input, shape, under: "") }
        return Array(serializer.form.utf8)
    }

    private init(graph: ShapeGraph, isEC2: Bool) {
        self.graph = graph
        self.isEC2 = isEC2
    }

    private mutating func add(_ name: String, _ value: String) {
        if !form.isEmpty { form += "&" }
        form += percentEncoded(name, spaceAsPlus: true) + "=" + percentEncoded(value, spaceAsPlus: true)
    }

    private mutating func write(_ value: JSONValue, _ reference: ShapeReference, under prefix: String) {
        switch (graph[reference].kind, value) {
        case (.structure, .object(let members)):
            for (name, value) in members {
                guard let member = graph[reference].member(name) else { continue }
                let name = wireName(member, default: name)
                write(value, member, under: prefix.isEmpty ? name : "\(prefix).\(name)")
            }
        case (.list, .array(let elements)): write(elements, reference, under: prefix)
        case (.map, .object(let members)):
            let (key, element) = graph.entry(of: reference)
            let prefix = reference.flags.contains(.flattened) ? prefix : prefix + ".entry"
            for (index, (name, value)) in members.enumerated() {
                let prefix = "\(prefix).\(index + 1)"
                write(.string(name), key, under: prefix + "." + wireName(key, default: "key"))
                write(value, element, under: prefix + "." + wireName(element, default: "value"))
            }
        case (let kind, _):
            add(prefix, WireText.text(value, kind, timestamps: reference.timestampFormat ?? .iso8601))
        }
    }

    private mutating func write(_ elements: [JSONValue], _ reference: ShapeReference, under prefix: String) {
        let element = graph.element(of: reference)
        var prefix = prefix
        if !isEC2 {
            if elements.isEmpty { return add(prefix, "") }
            if !reference.flags.contains(.flattened) {
                prefix += "." + (element.locationName ?? "member")
            } else if let name = element.locationName {
                // The element's name replaces the list's own.
                prefix = (prefix.lastIndex(of: ".").map { String(prefix[...$0]) } ?? "") + name
            }
        }
        for (index, value) in elements.enumerated() { write(value, element, under: "\(prefix).\(index + 1)") }
    }

    /// For `ec2` the name in requests, else the location name with a capital first letter.
    private func wireName(_ reference: ShapeReference, default name: String) -> String {
        guard isEC2 else { return reference.locationName ?? name }
        return reference.queryName ?? reference.locationName.map { $0.prefix(1).uppercased() + $0.dropFirst() } ?? name
    }
}

/// One parameter of a URL's query, not yet percent-encoded.
struct QueryItem: Sendable, Hashable {
    var name: String
    /// Nil for a name alone, as in `?uploads`.
    var value: String?

    init(_ name: String, _ value: String?) {
        self.name = name
        self.value = value
    }

    /// The parameter as it stands in a URL, percent-encoded.
    var encoded: String {
        let name = percentEncoded(name)
        return value.map { "\(name)=\(percentEncoded($0))" } ?? name
    }
}
