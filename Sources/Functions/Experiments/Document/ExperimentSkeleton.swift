public import Basics
public import JSON

/// The answers to the questions of `init`, from which the document of a new experiment is made.
public struct ExperimentSkeleton: Sendable {
    /// An activity that was chosen.
    public struct Choice: Sendable {
        /// The activity.
        public let activity: NativeActivity
        /// The arguments that were given; the others get their defaults.
        public let arguments: JSONObject
        /// What a probe of the hypothesis must return.
        public let tolerance: JSONValue?

        /// A choice.
        public init(_ activity: NativeActivity, arguments: JSONObject = [:], tolerance: JSONValue? = nil) {
            self.activity = activity
            self.arguments = arguments
            self.tolerance = tolerance
        }
    }

    /// The title.
    public var title: String
    /// What the experiment is for.
    public var description = "N/A"
    /// The title of the hypothesis; nil for an experiment without one.
    public var hypothesis: String?
    /// The probes of the hypothesis.
    public var probes: [Choice] = []
    /// What is done.
    public var method: [Choice] = []
    /// What puts back; nil for none.
    public var rollbacks: [Choice]?

    /// An experiment without anything in it.
    public init(title: String) { self.title = title }

    /// The document, in the form and order of `chaos init`.
    ///
    /// Unlike there it always has a method, since it would not be valid without.
    public var document: JSONObject {
        var document: JSONObject = ["title": .string(title), "description": .string(description), "tags": []]
        if let hypothesis {
            document["steady-state-hypothesis"] = [
                "title": .string(hypothesis), "probes": .array(probes.map(\.declaration)),
            ]
        }
        document["method"] = .array(method.map(\.declaration))
        document["rollbacks"] = rollbacks.map { .array($0.map(\.declaration)) }
        return document
    }
}

extension ExperimentSkeleton.Choice {
    fileprivate var declaration: JSONValue {
        var all: JSONObject = [:]
        for argument in activity.arguments { all[argument.name] = arguments[argument.name] ?? argument.fallback }
        var declaration: JSONObject = [
            "type": .string(activity.kind.rawValue), "name": .string(activity.function),
            "provider": [
                "type": "python", "module": .string(activity.module), "func": .string(activity.function),
                "arguments": .object(all),
            ],
        ]
        declaration["tolerance"] = tolerance
        return .object(declaration)
    }
}

extension NativeActivity.Argument {
    /// The value that a person has typed for the argument.
    ///
    /// An empty answer is the default. Lists and mappings are JSON, a list may also be texts separated by commas.
    /// - Throws: `invalid` for what the argument does not take.
    public func value(ofAnswer answer: String) throws(ExperimentError) -> JSONValue {
        let text = String(answer.trimmingWhitespace)
        if text.isEmpty, let fallback { return fallback }
        let json = try? JSONValue(parsing: text)
        let value: JSONValue =
            switch kind {
            case .text: .string(text)
            case .flag: Self.words[text.lowercased()].map(JSONValue.bool) ?? json ?? .string(text)
            case .list where json?.arrayValue == nil && !text.hasPrefix("[") && !text.isEmpty:
                .array(text.split(separator: ",").map { .string(String($0.trimmingWhitespace)) })
            default: json ?? .string(text)
            }
        guard accepts(value), !text.isEmpty else {
            throw ExperimentError(.invalid, "\(name) is a \(kind.portableName), which \(JSONValue.string(text)) is not")
        }
        return value
    }

    private static let words = ["yes": true, "y": true, "no": false, "n": false]
}
