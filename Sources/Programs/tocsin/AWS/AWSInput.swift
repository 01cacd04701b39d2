import AWS
import Basics
import Glibc
import JSON

/// Reads the input of an operation from the command line, by the model: `--instance-ids i-1 i-2`.
enum AWSInput {
    /// A document larger than this is no input of an operation.
    private static let maximumDocumentBytes = 16 << 20
    /// A file larger than this is not sent as a body.
    ///
    /// S3 takes 5 GB in one piece, but the body is held in memory.
    private static let maximumBodyBytes = 1 << 30

    /// The JSON object in `--parameters`: a text, `file://path`, `@path`, or `-` for standard input.
    /// - Throws: `AWSCallError`.
    static func document(_ source: String) throws -> JSONObject {
        let (text, place) = try documentText(source)
        let value: JSONValue
        do { value = try JSONValue(parsing: text) } catch { throw AWSCallError("\(place) is no JSON: \(error)") }
        guard let object = value.objectValue else {
            throw AWSCallError("\(place) is \(value.kindName) and not a JSON object: give {\"Name\": value, …}")
        }
        return object
    }

    private static func documentText(_ source: String) throws -> (text: [UInt8], place: String) {
        if source == "-" { return (try standardInput(limit: maximumDocumentBytes), "Standard input") }
        for prefix in ["file://", "@"] where source.hasPrefix(prefix) {
            let path = String(source.dropFirst(prefix.count))
            return (try file(path, limit: maximumDocumentBytes), path)
        }
        return (Array(source.utf8), "--parameters")
    }

    /// Adds the parameters that options give to an input.
    /// - Parameter arguments: `--name value …`, `--name=value`, `--flag`, `--no-flag`.
    /// - Returns: the input, and the bytes of the member that is sent as the body.
    /// - Throws: `AWSCallError`.
    static func adding(
        _ arguments: [String], to input: JSONObject, of operation: OperationDescription
    ) throws -> (input: JSONObject, body: [UInt8]?) {
        var (input, body) = (input, [UInt8]?.none)
        for option in try options(arguments) {
            let (member, isNegated) = try member(option.name, of: operation)
            if member.name == operation.streamingInput {
                guard option.values.count == 1 else { throw AWSCallError("--\(option.name) takes the path of a file") }
                body = try self.body(option.values[0])
            } else if isNegated {
                guard option.values.isEmpty else { throw AWSCallError("--\(option.name) takes no value") }
                input[member.name] = false
            } else {
                input[member.name] = try OptionValue(option: "--\(option.name)").value(option.values, member.shape)
            }
        }
        return (input, body)
    }

    /// The bytes of the member that is sent as the body: those of a file, of standard input, or of a JSON text.
    private static func body(_ source: String) throws -> [UInt8] {
        if source == "-" { return try standardInput(limit: maximumBodyBytes) }
        // An event for a function; nobody has a file of such a name.
        if let first = source.first, "{[\"".contains(first) { return Array(source.utf8) }
        let prefix = ["fileb://", "file://"].first { source.hasPrefix($0) } ?? ""
        return try file(String(source.dropFirst(prefix.count)), limit: maximumBodyBytes)
    }

    private static func options(_ arguments: [String]) throws -> [(name: String, values: [String])] {
        var options: [(name: String, values: [String])] = []
        for argument in arguments {
            if argument.hasPrefix("--"), argument.count > 2 {
                let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                options.append((String(parts[0]), parts.count == 2 ? [String(parts[1])] : []))
            } else if options.isEmpty {
                throw AWSCallError("\"\(argument)\" belongs to no option: write parameters as --name value")
            } else {
                options[options.count - 1].values.append(argument)
            }
        }
        return options
    }

    private static func member(
        _ name: String, of operation: OperationDescription
    ) throws -> (member: ShapeDescription.Member, isNegated: Bool) {
        if let member = operation.input.first(where: { AWSNames.matches($0.name, name) }) { return (member, false) }
        if name.hasPrefix("no-"),
            let member = operation.input.first(where: { AWSNames.matches($0.name, String(name.dropFirst(3))) }),
            member.shape.kind == .boolean
        {
            return (member, true)
        }
        let names = operation.input.map { "--" + AWSNames.dashed($0.name) }
        guard !names.isEmpty else { throw AWSCallError("\(operation.name) takes no parameters, --\(name) is unknown") }
        let hint = (names + AWSCommand.ownOptions).nearest(to: "--" + AWSNames.dashed(name))
        throw AWSCallError(
            "\(operation.name) has no parameter --\(name)" + (hint.map { ", did you mean \($0)?" } ?? ".")
                + " It has: \(names.joined(separator: " "))")
    }

    private static func standardInput(limit: Int) throws -> [UInt8] {
        do { return try contents(ofDescriptor: STDIN_FILENO, limit: limit) } catch {
            throw AWSCallError("Standard input cannot be read: \(error)")
        }
    }

    /// The content of a file that the command line names.
    fileprivate static func file(_ path: String, limit: Int) throws -> [UInt8] {
        do { return try contents(ofFile: path, limit: limit) } catch {
            let reason = error.number == EFBIG ? "is larger than \(limit >> 20) MiB" : "cannot be read: \(error)"
            throw AWSCallError("The file \(path) \(reason)")
        }
    }

    fileprivate static func text(ofFile path: String) throws -> String {
        String(decoding: try file(path, limit: maximumDocumentBytes), as: UTF8.self)
    }

    fileprivate static func base64(ofFile path: String) throws -> String {
        Base64.encode(try file(path, limit: maximumDocumentBytes))
    }
}

/// The value of one option, in the form that its type asks for.
///
/// - Scalars: the text itself. Binary ones are base64, or `fileb://path` for the bytes of a file.
/// - Lists: one value for each element, or a JSON array.
/// - Structures and maps: a JSON object, or `Name=value,Name=value`; a value is a scalar or a list `a,b`.
/// - Everywhere: `file://path` for the text of a file.
private struct OptionValue {
    let option: String

    func value(_ texts: [String], _ shape: ShapeDescription) throws -> JSONValue {
        let texts = try texts.map { $0.hasPrefix("file://") ? try AWSInput.text(ofFile: String($0.dropFirst(7))) : $0 }
        if shape.kind == .boolean, texts.isEmpty { return true }
        if shape.kind == .list, let element = shape.element {
            guard !texts.isEmpty else { throw AWSCallError("\(option) lacks its value") }
            if texts.count == 1, isJSON(texts[0], "[") { return try json(texts[0]) }
            return .array(try texts.map { try single($0, element) })
        }
        guard texts.count == 1 else {
            throw AWSCallError(
                texts.isEmpty
                    ? "\(option) lacks its value"
                    : "\(option) takes one value, and not \(texts.count): quote texts with spaces")
        }
        return try single(texts[0], shape)
    }

    private func single(_ text: String, _ shape: ShapeDescription) throws -> JSONValue {
        if shape.isDocument { return try json(text) }
        switch shape.kind {
        case .string, .timestamp: return .string(text)
        case .blob:
            guard text.hasPrefix("fileb://") else {
                guard Base64.decode(text) != nil else {
                    throw AWSCallError("\(option) is binary: give it in base64, or fileb://path for a file's bytes")
                }
                return .string(text)
            }
            return .string(try AWSInput.base64(ofFile: String(text.dropFirst(8))))
        case .boolean:
            guard ["true", "false"].contains(text) else { throw wrong(text, "true or false") }
            return .bool(text == "true")
        case .integer:
            guard let number = Int64(text) else { throw wrong(text, "an integer") }
            return .integer(number)
        case .double:
            if let number = Int64(text) { return .integer(number) }
            guard let number = Double(text), number.isFinite else { throw wrong(text, "a number") }
            return .double(number)
        case .list: return try json(text)
        case .structure, .map: return isJSON(text, "{") ? try json(text) : try shorthand(text, shape)
        }
    }

    /// `Name=tag:Env,Values=prod,test`: a piece without a name goes on with the list before it.
    private func shorthand(_ text: String, _ shape: ShapeDescription) throws -> JSONValue {
        var members: [(name: String, shape: ShapeDescription, texts: [String])] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if halves.count == 2, let (name, member) = self.member(halves[0], of: shape) {
                guard !members.contains(where: { $0.name == name }) else { throw notShort("\(name) occurs twice") }
                members.append((name, member, [halves[1]]))
            } else if let last = members.last, last.shape.kind == .list {
                members[members.count - 1].texts.append(String(piece))
            } else {
                let names = shape.members.map(\.name).joined(separator: ", ")
                throw notShort("\"\(halves[0])\"" + (names.isEmpty ? " has no value" : " is not one of \(names)"))
            }
        }
        var object: JSONObject = [:]
        for (name, member, texts) in members {
            let element = member.kind == .list ? member.element : member
            guard let element, ![.structure, .map, .list].contains(element.kind),
                !texts.contains(where: { $0.first.map { "[{\"'".contains($0) } ?? false })
            else { throw notShort("\(name) is too deep for this form") }
            object[name] =
                member.kind == .list ? .array(try texts.map { try single($0, element) }) : try single(texts[0], element)
        }
        return .object(object)
    }

    private func member(_ name: String, of shape: ShapeDescription) -> (String, ShapeDescription)? {
        if shape.kind == .map { return shape.element.map { (name, $0) } }
        return shape.members.first { $0.name == name }.map { ($0.name, $0.shape) }
    }

    private func isJSON(_ text: String, _ bracket: Character) -> Bool { text.trimmingWhitespace.first == bracket }

    private func json(_ text: String) throws -> JSONValue {
        do { return try JSONValue(parsing: text) } catch {
            throw AWSCallError("\(option) is no JSON: \(error)")
        }
    }

    private func wrong(_ text: String, _ wanted: String) -> AWSCallError {
        AWSCallError("\(option) is \"\(text)\" and not \(wanted)")
    }

    /// The message does not repeat the value, which may hold a secret.
    private func notShort(_ reason: String) -> AWSCallError {
        AWSCallError("\(option): \(reason). Give Name=value,Name=value, or a JSON object")
    }
}
