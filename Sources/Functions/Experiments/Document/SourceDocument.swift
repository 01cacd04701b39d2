public import Basics
public import JSON
internal import YAML

/// A YAML or JSON text that was read, with the place of every value in it.
public struct SourceDocument: Sendable {
    /// What a text is written in.
    public enum Format: String, Sendable {
        case json, yaml
        /// JSON, or when it is none, YAML.
        case any
    }

    /// Where a value stands.
    public struct Position: Sendable, Hashable {
        /// The line, from 1.
        public let line: Int
        /// The column, from 1, in Unicode scalars.
        public let column: Int
    }

    /// The file or URL, for messages.
    public let name: String
    /// What the text says.
    public let value: JSONValue
    /// The places; nil for a value that was never a text.
    private let tree: YAMLNode?
    /// A key that stands twice in a mapping, of which the last one counts; nil when there is none.
    let duplicateKey: (position: Position, message: String)?

    /// Reads a text.
    /// - Throws: `notReadable` with file, line and column, also for a text of more than 16 MiB, 64 levels or 500,000
    ///   values.
    public init(parsing bytes: [UInt8], format: Format, name: String) throws(ExperimentError) {
        switch format {
        case .json: self = try Self.json(bytes, name)
        case .yaml: self = try Self.yaml(bytes, name)
        case .any:
            let json = try? Self.json(bytes, name)
            self = if let json { json } else { try Self.yaml(bytes, name) }
        }
    }

    /// A value that was made by a program, or came inside another document.
    public init(_ value: JSONValue, name: String) {
        self.init(name: name, value: value, tree: nil)
    }

    private init(
        name: String, value: JSONValue, tree: YAMLNode?, duplicateKey: (position: Position, message: String)? = nil
    ) {
        self.name = name
        self.value = value
        self.tree = tree
        self.duplicateKey = duplicateKey
    }

    /// The format that a file's name tells, as Chaos Toolkit decides it; nil when it tells none.
    public static func format(ofFile name: String) -> Format? {
        switch name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last {
        case "json": .json
        case "yaml", "yml": .yaml
        default: nil
        }
    }

    /// The place of a value; where it does not exist, that of the nearest value around it.
    public func position(of path: DocumentPath) -> Position? {
        guard var node = tree else { return nil }
        for step in path.steps {
            guard let next = node.child(step)?.value else { break }
            node = next
        }
        return Position(line: node.line, column: node.column)
    }

    /// The place of the key of a member; nil when it does not exist.
    public func keyPosition(of path: DocumentPath) -> Position? {
        guard var node = tree else { return nil }
        for step in path.steps.dropLast() {
            guard let next = node.child(step)?.value else { return nil }
            node = next
        }
        return path.steps.last.flatMap { node.child($0)?.key }.map { Position(line: $0.line, column: $0.column) }
    }
}

extension SourceDocument {
    private static func json(_ bytes: [UInt8], _ name: String) throws(ExperimentError) -> SourceDocument {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw ExperimentError(
                .notReadable, "\(name)\(place(error.line, error.column)): this is no JSON: \(error.message)",
                underlying: error)
        }
        // JSON is YAML too, and only the reader of YAML keeps places. What it refuses has none.
        return SourceDocument(name: name, value: value, tree: try? tree(bytes), duplicateKey: duplicateKey(bytes))
    }

    private static func yaml(_ bytes: [UInt8], _ name: String) throws(ExperimentError) -> SourceDocument {
        do {
            let tree = try tree(bytes)
            return SourceDocument(name: name, value: tree.json, tree: tree, duplicateKey: duplicateKey(bytes))
        } catch {
            throw ExperimentError(
                .notReadable, "\(name)\(place(error.line, error.column)): \(error.message)", underlying: error)
        }
    }

    private static func place(_ line: Int?, _ column: Int?) -> String {
        guard let line else { return "" }
        return ":\(line)" + (column.map { ":\($0)" } ?? "")
    }

    /// The one place where experiments' YAML is read.
    private static func tree(_ bytes: [UInt8]) throws(YAMLError) -> YAMLNode {
        try YAMLNode(parsing: bytes, schema: .pyYAML)
    }

    /// A key that stands twice: the strict schema of YAML 1.2 finds it.
    private static func duplicateKey(_ bytes: [UInt8]) -> (position: Position, message: String)? {
        do throws(YAMLError) {
            _ = try YAMLNode(parsing: bytes)
            return nil
        } catch {
            guard error.code == .duplicateKey else { return nil }
            return (Position(line: error.line, column: error.column), error.message)
        }
    }
}

extension YAMLNode {
    fileprivate func child(_ step: DocumentPath.Step) -> (key: YAMLNode?, value: YAMLNode)? {
        switch (step, kind) {
        case (.key(let name), .mapping(let members)):
            // Of equal keys the last one counts.
            members.last { $0.key.text == name }.map { ($0.key, $0.value) }
        case (.index(let index), .sequence(let elements)):
            elements.indices.contains(index) ? (nil, elements[index]) : nil
        default: nil
        }
    }
}

/// The way to a value in a document: `method[3].provider.url`.
public struct DocumentPath: Sendable, Hashable, CustomStringConvertible {
    /// One step down.
    public enum Step: Sendable, Hashable {
        /// To a member of a mapping.
        case key(String)
        /// To an element of a list, from 0.
        case index(Int)
    }

    /// The steps from the top.
    public private(set) var steps: [Step] = []

    /// The whole document, or a member of it.
    public init(_ keys: String...) { steps = keys.map(Step.key) }

    /// The way to a member of this value.
    public subscript(key: String) -> DocumentPath { appending(.key(key)) }

    /// The way to an element of this value.
    public subscript(index: Int) -> DocumentPath { appending(.index(index)) }

    private func appending(_ step: Step) -> DocumentPath {
        var path = self
        path.steps.append(step)
        return path
    }

    /// As in messages; empty for the whole document.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .index(let index): text += "[\(index)]"
            case .key(let key) where Self.isPlain(key): text += (text.isEmpty ? "" : ".") + key
            case .key(let key): text += "[\(JSONValue.string(key))]"
            }
        }
        return text
    }

    private static func isPlain(_ key: String) -> Bool {
        !key.isEmpty
            && key.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || $0 == "-" || $0 == "_" || "0"..."9" ~= $0 }
    }
}
