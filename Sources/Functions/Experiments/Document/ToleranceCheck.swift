import Basics
import JSON

extension DocumentCheck {
    /// What a probe of the hypothesis must return.
    /// - Parameter provider: the type of the probe's provider.
    mutating func tolerance(
        _ tolerance: JSONValue, at path: DocumentPath, ofProvider provider: String?, _ references: ReferenceNames
    ) {
        let keys = provider.flatMap { Self.outputKeys[$0] }
        switch tolerance {
        case .null: error(path, "must not be null", hint: "use a number, a text, true, false, a list or a mapping")
        case .double:
            error(path, "must not be a number with a fraction", hint: "use {type: range, range: [lowest, highest]}")
        case .integer, .unsigned: break
        case .bool, .string:
            if keys != nil, !(tolerance.stringValue ?? "").contains("$") {
                surprise(
                    .neverMet, path, "is never met: the output is a mapping with a status",
                    hint: "use the status, or {type: regex, pattern: …, target: …}")
            }
        case .array(let list):
            if keys != nil, let low = list.first?.doubleValue, let high = list.last?.doubleValue, list.count == 2,
                high - low > 1
            {
                surprise(
                    .pairOnStatus, path, "means one of the two, not a range, since the output has a status",
                    hint: "write {type: range, range: \(tolerance), target: status}")
            }
        case .object(let members): typed(members, at: path, provider, keys, references)
        }
    }

    /// The keys of the outputs that are mappings.
    private static let outputKeys = [
        "http": ["status", "headers", "body"], "process": ["status", "stdout", "stderr"],
    ]

    private mutating func typed(
        _ members: JSONObject, at path: DocumentPath, _ provider: String?, _ outputKeys: [String]?,
        _ references: ReferenceNames
    ) {
        let kinds = ["regex", "range", "jsonpath", "probe"]
        switch members["type"] {
        case "regex":
            unknownKeys(members, at: path, known: KnownKeys.regex)
            pattern(members["pattern"], at: path["pattern"])
            target(members, at: path, outputKeys?.filter { $0 != "status" && $0 != "headers" })
        case "range":
            unknownKeys(members, at: path, known: KnownKeys.range)
            range(members["range"], at: path["range"])
            target(members, at: path, outputKeys?.filter { $0 != "headers" })
        case "jsonpath":
            unknownKeys(members, at: path, known: KnownKeys.jsonpath)
            jsonPath(members["path"], at: path["path"])
            if members["target"] != nil { target(members, at: path, outputKeys) }
        case "probe":
            activity(.object(members), at: path, .tolerance, references)
            probe(members, at: path)
        case let type:
            let meant = type?.stringValue.flatMap(kinds.nearest)
            error(
                path["type"],
                type.map { "there is no tolerance of type \($0.inMessage)" } ?? "is missing in a tolerance",
                hint: meant.map { "did you mean \($0)?" } ?? "use \(kinds.joined(separator: ", "))")
        }
    }

    private mutating func pattern(_ value: JSONValue?, at path: DocumentPath) {
        guard let value else { return error(path, "is missing") }
        guard let pattern = value.stringValue else {
            return error(path, "must be a text, not \(value.inMessage)", hint: "put it into quotes")
        }
        if let fault = ValueSyntax.patternFault(pattern) { error(path, "is no regular expression: \(fault)") }
    }

    private mutating func jsonPath(_ value: JSONValue?, at path: DocumentPath) {
        guard let value else { return error(path, "is missing") }
        guard let text = value.stringValue else { return error(path, "must be a text, not \(value.inMessage)") }
        guard !text.trimmingWhitespace.isEmpty else { return error(path, "must not be empty") }
        if let fault = ValueSyntax.jsonPathFault(text) { error(path, "is no JSONPath: \(fault)") }
    }

    private mutating func range(_ value: JSONValue?, at path: DocumentPath) {
        guard let value else { return error(path, "is missing") }
        guard let bounds = value.arrayValue, bounds.count == 2, bounds.allSatisfy(\.isPythonNumber) else {
            return error(path, "must be a list of two numbers, not \(value.inMessage)")
        }
        if let low = bounds[0].doubleValue, let high = bounds[1].doubleValue, low > high {
            warning(path, "is never met: the lower bound comes first")
        }
    }

    /// - Parameter targets: what of a mapping can be compared; nil when the output is not known.
    private mutating func target(_ members: JSONObject, at path: DocumentPath, _ targets: [String]?) {
        guard let targets else { return }
        let choice = "use \(targets.joined(separator: ", "))"
        guard let target = members["target"], target.isTruthy else {
            return surprise(
                .missingTarget, path, "needs a target, since the output is a mapping: the run ends here", hint: choice)
        }
        guard !targets.contains(target.stringValue ?? "") else { return }
        surprise(
            .missingTarget, path["target"], "\(target.inMessage) cannot be compared here: the run ends here",
            hint: target.stringValue.flatMap(targets.nearest).map { "did you mean \($0)?" } ?? choice)
    }

    private mutating func probe(_ members: JSONObject, at path: DocumentPath) {
        let provider = members["provider"]
        switch provider?["type"] {
        case "http", "process":
            surprise(.alwaysMet, path, "is met whatever it answers", hint: "use jsonpath, regex or range")
        default: break
        }
        if provider?.objectValue != nil, provider?["arguments"]?.objectValue == nil {
            surprise(
                .wrongShape, path["provider"]["arguments"],
                "must be a mapping, which gets the value: the run ends here",
                hint: "write {}")
        }
    }
}
