import Basics
import JSON

/// Checks experiments: everything that is wrong at once, with its place.
///
/// A document is valid exactly when `chaos validate` ends with status 0, except for these meant differences:
/// - Activities of the `python` provider are those of the registry, not what Python can import; their arguments must be
///   of the declared kinds.
/// - A control's own `validate_control` is not called, since it is Python.
/// - Secrets in Vault are not fetched.
/// - A text in the place of a list of activities is refused, also where Python would take its characters.
/// - JSON is that of RFC 8259: `NaN`, `Infinity` and halves of surrogate pairs, which Python reads, are refused; so are
///   texts of more than 16 MiB.
/// - `--strict` refuses more: see ``StrictRule``.
public struct ExperimentValidation: Sendable {
    /// The activities of the `python` provider.
    public var registry: ActivityRegistry
    /// Variables for the configuration and the secrets, and `PATH` for processes.
    public var environment: [String: String]
    /// The modules of the controls that can be run.
    public var controlModules: Set<String>
    /// Whether the surprises of Chaos Toolkit are errors; see ``StrictRule``.
    public var isStrict: Bool

    /// A validation.
    public init(
        registry: ActivityRegistry, environment: [String: String], controlModules: Set<String> = [],
        isStrict: Bool = false
    ) {
        self.registry = registry
        self.environment = environment
        self.controlModules = controlModules
        self.isStrict = isStrict
    }

    /// What is to be said about a document, in the order of the text.
    ///
    /// For a template of Fault Injection Service also what is to be said about the experiment that it becomes, without
    /// places.
    public func findings(in source: SourceDocument) -> [Finding] {
        if FISConversion.recognizes(source.value) {
            let conversion = FISConversion(of: source, registry: registry)
            let converted = conversion.document.map { findings(in: SourceDocument(.object($0), name: source.name)) }
            return conversion.findings + (converted ?? [])
        }
        var check = DocumentCheck(source, self)
        check.experiment()
        return check.findings.inTextOrder
    }
}

extension DocumentCheck {
    fileprivate mutating func experiment() {
        let top = DocumentPath()
        guard case .object(let document) = source.value, !document.isEmpty else {
            return error(top, "an experiment is a mapping with title, description and method")
        }
        if let duplicate = source.duplicateKey {
            surprise(.duplicateKey, top, duplicate.message, position: duplicate.position)
        }
        unknownKeys(document, at: top, known: KnownKeys.experiment)
        _ = required("title", of: document, at: top)
        _ = required("description", of: document, at: top)
        tags(document["tags"])
        extensions(document["extensions"])
        contributions(document["contributions"])
        configuration(document["configuration"])
        secrets(document["secrets"])
        activities(of: document)
        controls(of: document)
        runtime(document["runtime"])
        if document["dry"] != nil { surprise(.ignoredKey, DocumentPath("dry"), "has no effect: use the option --dry") }
    }

    private mutating func tags(_ value: JSONValue?) {
        let path = DocumentPath("tags")
        guard let value, value.isTruthy else { return }
        switch value {
        case .array(let tags):
            for (index, tag) in tags.enumerated() where tag.stringValue?.isEmpty ?? true {
                error(path[index], "a tag is a text that is not empty, not \(tag.inMessage)")
            }
        case .string: warning(path, "each character becomes a tag", hint: "write a list")
        case .object(let members) where members.keys.contains(""):
            error(path, "a tag is a text that is not empty")
        case .object: warning(path, "only the keys become tags", hint: "write a list")
        default: error(path, "must be a list of texts, not \(value.inMessage)")
        }
    }

    private mutating func extensions(_ value: JSONValue?) {
        let path = DocumentPath("extensions")
        guard let value, value.isTruthy else { return }
        guard let entries = value.arrayValue else {
            return error(path, "must be a list of mappings, not \(value.inMessage)")
        }
        for (index, entry) in entries.enumerated() {
            guard let members = mapping(entry, at: path[index], "each extension has a name") else { continue }
            guard let name = requiredText("name", of: members, at: path[index]) else { continue }
            if name.trimmingWhitespace.isEmpty { error(path[index]["name"], "must not be blank") }
            if name == "tocsin", let conditions = members["stop-conditions"], conditions != .null {
                do throws(ExperimentError) { _ = try StopConditions(declared: conditions) } catch let fault {
                    error(path[index]["stop-conditions"], fault.message)
                }
            }
        }
    }

    private mutating func contributions(_ value: JSONValue?) {
        let levels = ["high", "medium", "low", "none"]
        for (key, value) in value?.objectValue ?? [:] where !levels.contains(value.stringValue ?? "") {
            let meant = value.stringValue.flatMap(levels.nearest)
            warning(
                DocumentPath("contributions", key), "\(value.inMessage) counts for no report",
                hint: meant.map { "did you mean \($0)?" } ?? "use high, medium, low or none")
        }
    }

    private mutating func runtime(_ value: JSONValue?) {
        let path = DocumentPath("runtime")
        guard let runtime = value?.objectValue else {
            if let value, value.isTruthy { surprise(.wrongShape, path, "must be a mapping, not \(value.inMessage)") }
            return
        }
        unknownKeys(runtime, at: path, known: KnownKeys.runtime)
        strategy(runtime, "hypothesis", Self.hypothesisStrategies, otherwise: "nothing is run")
        strategy(runtime, "rollbacks", Self.rollbackStrategies, otherwise: "the rollbacks are never played")
        if !options.isStrict, (runtime["hypothesis"] == nil) != (runtime["rollbacks"] == nil) {
            let missing = runtime["hypothesis"] == nil ? "hypothesis" : "rollbacks"
            note(path, "the strategy of the \(missing) becomes default, whatever the settings say")
        }
    }

    private static let hypothesisStrategies = [
        "default", "before-method-only", "after-method-only", "during-method-only", "continuously", "skip",
    ]
    private static let rollbackStrategies = ["default", "always", "never", "deviated"]

    private mutating func strategy(
        _ runtime: JSONObject, _ key: String, _ known: [String], otherwise consequence: String
    ) {
        let path = DocumentPath("runtime", key)
        guard let part = runtime[key], part.isTruthy else { return }
        guard let members = part.objectValue else {
            return surprise(.wrongShape, path, "must be a mapping, not \(part.inMessage)", hint: "{strategy: default}")
        }
        unknownKeys(members, at: path, known: KnownKeys.strategy)
        guard let strategy = members["strategy"], !known.contains(strategy.stringValue ?? "") else { return }
        if strategy == "continously" {
            return warning(path["strategy"], "is an old spelling", hint: "write continuously")
        }
        surprise(
            .unknownStrategy, path["strategy"], "there is no strategy \(strategy.inMessage), so \(consequence)",
            hint: strategy.stringValue.flatMap(known.nearest).map { "did you mean \($0)?" }
                ?? "use one of \(known.joined(separator: ", "))")
    }
}
