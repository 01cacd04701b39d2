import Basics
import Glibc
import JSON

/// Reads the shapes that one operation reaches.
struct ModelReader {
    private let lines: ModelLines
    private var indices: [Int: Int] = [:]
    private var shapes: [Shape?] = []
    private var traits: [JSONValue] = []

    init(_ lines: ModelLines) { self.lines = lines }

    /// All shapes read so far.
    var graph: ShapeGraph { ShapeGraph(shapes: shapes.compactMap(\.self)) }

    mutating func operation(
        _ name: String, at line: Int, of service: ServiceMetadata
    ) throws(AWSError) -> OperationModel {
        let line = try lines[line]
        guard let method = line["method"]?.stringValue, let uri = line["uri"]?.stringValue, uri.hasPrefix("/") else {
            throw .badModel("\(name) has no method or URI")
        }
        let input = try side(line["input"])
        let output = try side(line["output"])
        return OperationModel(
            name: name, service: service, method: method,
            pagination: line["pages"].map { Pagination($0, input: input.map { graph[$0] }, in: graph) },
            isUnsigned: line["unsigned"] == true,
            acceptsGzip: line["gzip"] == true,
            requiresChecksum: line["checksumRequired"] == true,
            checksumMember: line["checksumMember"]?.stringValue,
            uri: uri,
            hostPrefix: line["hostPrefix"]?.stringValue,
            endpoints: line["endpoints"].map { EndpointTable($0) },
            resultWrapper: line["resultWrapper"]?.stringValue,
            input: input, output: output, graph: graph
        )
    }

    private mutating func side(_ value: JSONValue?) throws(AWSError) -> ShapeReference? {
        guard let value else { return nil }
        return try reference("", value)
    }

    /// Reads a reference: a line number, or an object of a line number and traits.
    mutating func reference(_ name: String, _ value: JSONValue) throws(AWSError) -> ShapeReference {
        guard let line = (value["shape"] ?? value).intValue else { throw .badModel("\(name) has no shape") }
        let index = try shape(at: Int(line))
        let own = value.objectValue
        let below = traits[index]
        return ShapeReference(
            name: name, index: index,
            locationName: (own?["locationName"] ?? below["locationName"])?.stringValue,
            queryName: own?["queryName"]?.stringValue,
            location: own?["location"]?.stringValue.flatMap(ShapeReference.Location.init),
            timestampFormat: (own?["timestampFormat"] ?? below["timestampFormat"])?.stringValue
                .flatMap(ShapeReference.TimestampFormat.init),
            xmlNamespace: (own?["xmlNamespace"] ?? below["xmlNamespace"]).flatMap(ShapeReference.XMLNamespace.init),
            flags: ShapeReference.Flags(own, flattened: below["flattened"] == true)
        )
    }

    private mutating func shape(at line: Int) throws(AWSError) -> Int {
        if let index = indices[line] { return index }
        let value = try lines[line]
        guard let kind = value["type"]?.stringValue.flatMap(Shape.Kind.init) else {
            throw .badModel("line \(line) is no shape")
        }
        // The shape is registered before its members are read, because a shape may contain itself.
        let index = shapes.count
        indices[line] = index
        shapes.append(nil)
        traits.append(value)
        var members: [ShapeReference] = []
        for (name, member) in value["members"]?.objectValue ?? [:] {
            members.append(try reference(name, member))
        }
        for part in ["member", "key", "value"] {
            if let member = value[part] { members.append(try reference("", member)) }
        }
        guard members.count == [.list: 1, .map: 2][kind] ?? members.count else {
            throw .badModel("line \(line) lacks its element, key or value")
        }
        shapes[index] = Shape(
            kind: kind, members: members,
            required: value["required"].map(strings) ?? [],
            minimum: value["min"]?.doubleValue,
            payload: value["payload"]?.stringValue,
            isDocument: value["document"] == true,
            isUnion: value["union"] == true
        )
        return index
    }
}

private func strings(_ value: JSONValue) -> [String] {
    value.arrayValue?.compactMap(\.stringValue) ?? []
}

extension ServiceMetadata {
    init(_ head: JSONValue) throws(AWSError) {
        guard let wireProtocol = head["protocol"]?.stringValue.flatMap(WireProtocol.init),
            let endpointPrefix = head["endpointPrefix"]?.stringValue
        else { throw .badModel("the first line names no protocol or endpoint") }
        self.wireProtocol = wireProtocol
        self.endpointPrefix = endpointPrefix
        apiVersion = head["apiVersion"]?.stringValue ?? ""
        serviceID = head["serviceId"]?.stringValue ?? endpointPrefix
        signingName = head["signingName"]?.stringValue ?? endpointPrefix
        signatureVersion = head["signatureVersion"]?.stringValue ?? "v4"
        endpoints = EndpointTable(head["endpoints"])
        legacyGlobalRegions = head["legacyGlobalRegions"].map(strings) ?? []
        jsonVersion = head["jsonVersion"]?.stringValue ?? "1.1"
        targetPrefix = head["targetPrefix"]?.stringValue ?? ""
        isQueryCompatible = head["queryCompatible"] == true
    }
}

extension Pagination {
    init(_ value: JSONValue, input: Shape?, in graph: ShapeGraph) {
        inputTokens = value["input"].map(strings) ?? []
        outputTokens = value["output"].map(strings) ?? []
        results = value["result"].map(strings) ?? []
        constants = value["constant"].map(strings) ?? []
        limit = value["limit"]?.stringValue
        isLimitText = limit.flatMap { input?.member($0) }.map { graph[$0].kind == .string } ?? false
        more = value["more"]?.stringValue
    }
}

extension ShapeReference.XMLNamespace {
    init?(_ value: JSONValue) {
        guard let uri = value["uri"]?.stringValue else { return nil }
        self.init(prefix: value["prefix"]?.stringValue, uri: uri)
    }
}

extension ShapeReference.Flags {
    init(_ own: JSONObject?, flattened: Bool) {
        self = flattened ? .flattened : []
        guard let own else { return }
        if own["flattened"] == true { insert(.flattened) }
        if own["xmlAttribute"] == true { insert(.xmlAttribute) }
        if own["idempotencyToken"] == true { insert(.idempotencyToken) }
        if own["jsonvalue"] == true { insert(.jsonValue) }
        if own["hostLabel"] == true { insert(.hostLabel) }
    }
}

/// The lines of a model's text.
///
/// Each is one JSON value, parsed when it is needed.
struct ModelLines: Sendable {
    private let text: StaticString
    private let starts: [Int]

    init(_ text: StaticString) {
        self.text = text
        var starts = [0]
        let first = UnsafeRawPointer(text.utf8Start)
        var rest = first
        while let end = memchr(rest, Int32(UInt8(ascii: "\n")), text.utf8CodeUnitCount - (rest - first)) {
            rest = UnsafeRawPointer(end) + 1
            starts.append(rest - first)
        }
        self.starts = starts
    }

    subscript(line: Int) -> JSONValue {
        get throws(AWSError) {
            guard starts.indices.contains(line) else { throw .badModel("line \(line) is missing") }
            let end = line + 1 < starts.count ? starts[line + 1] - 1 : text.utf8CodeUnitCount
            let bytes = UnsafeRawBufferPointer(start: text.utf8Start + starts[line], count: end - starts[line])
            do {
                return try JSONValue(parsing: bytes)
            } catch {
                throw .badModel("line \(line): \(error)")
            }
        }
    }
}

extension AWSError {
    /// The model was not written by the generator, or by another version of it.
    static func badModel(_ why: String) -> AWSError {
        AWSError(.invalidConfiguration, "The service model cannot be read (\(why)); run Tools/aws-models/generate.py")
    }
}
