import Basics
import Configuration
import JSON

extension EndpointReader {
    /// Reads an entry of `suites`; nil for one that is not enabled and has a step of a kind that Tocsin lacks.
    mutating func suite(_ section: ConfigurationSection) -> Suite? {
        let name = section.text("name") ?? ""
        if name.isEmpty { section.fault("name", "give the suite a name") }
        var suite = Suite(name: name, group: section.text("group"))
        if !name.isEmpty { section.path += "(\(suite.displayName))" }
        check("suite", name: name, group: suite.group, section)
        suite.isEnabled = section.flag("enabled") ?? true
        suite.interval = Self.positive("interval", section) ?? suite.interval
        suite.timeout = Self.positive("timeout", section) ?? suite.timeout
        suite.context = Self.context(section)

        let entries = section.list("endpoints")
        if entries.isEmpty {
            section.fault("endpoints", "give the suite at least one endpoint: they are checked one after the other")
        }
        scope = SuiteScope(of: suite)
        defer { scope = nil }
        for step in entries.compactMap({ section.section(at: $0) }) {
            if let endpoint = endpoint(step) { suite.steps.append(endpoint) }
        }
        scope?.checkPaths()
        suite.hide(scope?.secretPaths ?? [])
        if suite.isEnabled, !suite.steps.isEmpty, !suite.steps.contains(where: \.isEnabled) {
            section.fault("endpoints", "none is enabled: enable one, or say enabled: false for the suite")
        }
        section.close()
        return suite.steps.count == entries.count || suite.isEnabled ? suite : nil
    }

    /// A length of time; nil, for the default, when it is absent or zero.
    private static func positive(_ key: String, _ section: ConfigurationSection) -> Duration? {
        guard let duration = section.duration(key), duration != .zero else { return nil }
        if duration < .zero { section.fault(key, "expected a positive duration") }
        return duration
    }

    private static func context(_ section: ConfigurationSection) -> SuiteContext {
        guard let value = section.value("context") else { return SuiteContext() }
        guard let initial = value.json.objectValue else {
            section.fault("context", "expected a mapping of names to values")
            return SuiteContext()
        }
        func check(_ object: JSONObject, at path: String) {
            for (name, value) in object {
                if name.isEmpty || !name.utf8.allSatisfy({ ContextPath.isPathByte($0) && $0 != UInt8(ascii: ".") }) {
                    section.fault("context", of: path + name, "a name has only letters, digits, _ and -")
                }
                if let members = value.objectValue { check(members, at: "\(path)\(name).") }
            }
        }
        check(initial, at: "")
        return SuiteContext(initial)
    }

    /// Notes conditions with `[CONTEXT]` outside of suites.
    func refuseContext(in endpoint: Endpoint, _ section: ConfigurationSection) {
        guard endpoint.conditions.needs.contains(.context) else { return }
        for entry in section.texts("conditions") where entry.text.containsBytes(ContextPath.placeholder) {
            section.fault(at: entry, ContextPath.onlyInSuites)
        }
    }
}

/// What is known of a suite while its steps are read.
struct SuiteScope {
    /// A use of a value by a step, in the order of the file.
    private struct Use {
        let path: String
        /// How many steps were read before.
        let step: Int
        /// Notes a fault there.
        let fault: (String) -> Void
    }

    let group: String?
    let isEnabled: Bool
    private let name: String
    private let interval: Duration
    private let context: SuiteContext
    /// The lines of the steps' names.
    private var lines: [String: Int] = [:]
    /// The names of the steps that were read.
    private var steps: [String] = []
    /// Which steps store which paths.
    private var stores: [(path: String, step: Int)] = []
    private var uses: [Use] = []
    /// The paths of values that are sent as credentials.
    private(set) var secretPaths: Set<String> = []

    init(of suite: Suite) {
        (name, group, isEnabled) = (suite.name, suite.group, suite.isEnabled)
        (interval, context) = (suite.interval, suite.context)
    }

    /// The URL with the values that are known and samples of the others, to find out what is checked.
    func sampleURL(_ url: String) -> String { Endpoint.sampleURL(url, context) }

    /// Notes a name that a step of the suite has already.
    mutating func take(name: String, _ section: ConfigurationSection) {
        if name.hasQuoteOrBackslash { section.fault("name", "must not contain \" or \\") }
        if !name.isEmpty, let line = lines.updateValue(section.line ?? 0, forKey: name) {
            section.fault("name", "the endpoint on line \(line) of the suite has the same name")
        }
    }

    /// Reads what only steps have.
    mutating func read(_ endpoint: inout Endpoint, _ section: ConfigurationSection) {
        section.ignore("group", "that of the suite counts")
        section.ignore("interval", "that of the suite counts")
        endpoint.interval = interval
        var step = SuiteStep(suite: name)
        step.alwaysRuns = section.flag("always-run") ?? false
        noteUses(of: endpoint, section)
        refuseContextElsewhere(section)
        for (path, text) in section.pairs("store") {
            if path.isEmpty || !path.utf8.allSatisfy(ContextPath.isPathByte) || path.split(separator: ".").isEmpty {
                section.fault("store", of: path, "a name has only letters, digits, _ and -, and . between levels")
            }
            stores.append((path, steps.count))
            do throws(ConditionError) {
                step.stores.append(try StoredValue(path: path, text: text))
            } catch {
                section.fault("store", of: path, error.message)
            }
        }
        endpoint.step = step
        steps.append(endpoint.name)
    }

    /// Notes values in keys that none are put into: they would be sent, or compared, as they are written.
    private func refuseContextElsewhere(_ section: ConfigurationSection) {
        func hasContext(_ value: JSONValue) -> Bool {
            switch value {
            case .string(let text): !ContextText(text).paths.isEmpty
            case .array(let elements): elements.contains(where: hasContext)
            case .object(let members): members.contains { hasContext($0.value) }
            default: false
            }
        }
        for key in ["client", "dns", "expect", "grpc", "icmp", "method", "ssh", "steps"] {
            guard let value = section.value(key)?.json, hasContext(value) else { continue }
            section.fault(key, "[CONTEXT] is for url, body, headers and conditions: write the value itself")
        }
    }

    private mutating func noteUses(of endpoint: Endpoint, _ section: ConfigurationSection) {
        secretPaths.formUnion(endpoint.credentialPaths)
        for (key, name, text) in endpoint.contextTexts {
            for path in text.paths {
                uses.append(
                    Use(path: path, step: steps.count) { section.fault(key, of: name, $0) })
            }
        }
        for entry in section.texts("conditions") where entry.text.containsBytes(ContextPath.placeholder) {
            for path in (try? Condition(entry.text))?.contextPaths ?? [] {
                uses.append(Use(path: path, step: steps.count) { section.fault(at: entry, $0) })
            }
        }
    }

    /// Notes every use of a value that neither the context nor a step before has; called behind the last step.
    func checkPaths() {
        for use in uses where context.value(at: use.path) == nil {
            let storing = stores.filter { Self.isPath(use.path, of: $0.path) }
            if storing.contains(where: { $0.step < use.step }) { continue }
            let place = "\(ContextPath.placeholder).\(use.path)"
            if let later = storing.first {
                let step = later.step == use.step ? "this endpoint itself" : steps[later.step]
                use.fault("\(place) has no value yet: \(step) stores it only afterwards")
                continue
            }
            let known = context.paths + stores.filter { $0.step < use.step }.map(\.path)
            let advice =
                known.nearest(to: use.path).map { "did you mean [CONTEXT].\($0)?" }
                ?? (known.isEmpty
                    ? "add it to context or to the store of an endpoint before"
                    : "there are \(known.joined(separator: ", "))")
            use.fault("nothing stores \(place): \(advice)")
        }
    }

    /// Whether a step that stores one path gives a value to the other: the same, or one that it is a part of.
    private static func isPath(_ path: String, of stored: String) -> Bool {
        path == stored || stored.hasPrefix(path + ".")
    }
}
