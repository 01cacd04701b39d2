public import Basics
import CloudWatchAlarms
public import Configuration
import ConfigurationSources
import ServiceLevels
import YAML

/// Reads rules files in YAML or JSON, the form of docs/examples/alarm-rules.yaml.
public enum RuleFile {
    /// A file and where it came from.
    public struct Source: Sendable, Hashable {
        /// For messages and origins: `rules.yaml`, `s3://bucket/rules.yaml`.
        public var name: String
        /// YAML or JSON in UTF-8.
        public var bytes: [UInt8]

        /// A file.
        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// Reads the elements of `objectives` in a file; faults go to the sections' diagnostics.
    public typealias ObjectiveReader = (_ elements: [ConfigurationSection], _ file: String?) -> [ObjectiveRule]

    /// The catalogue of recommended alarms, as the reader needs it.
    public struct Catalogue: Sendable {
        /// The names of all entries, for faults.
        public var names: [String]
        /// The rules of a choice, without ``CatalogueChoice/settings`` other than thresholds of entries that have none.
        public var rules: @Sendable (CatalogueChoice) -> [AlarmRule]

        /// A catalogue.
        public init(names: [String], rules: @escaping @Sendable (CatalogueChoice) -> [AlarmRule]) {
            self.names = names
            self.rules = rules
        }

        /// Without entries.
        public static let empty = Catalogue(names: []) { _ in [] }
    }

    /// Reads files into one set of rules, with the chosen rules of the catalogue.
    ///
    /// Without files the whole catalogue is chosen; with files, what their `catalogue` says, and nothing without that
    /// key.
    /// - Throws: ``ProvisionerError`` `invalid` with every fault of all files, such as
    ///   `rules.yaml, line 7: rules[0](cpu).stat …`.
    public static func read(
        _ files: [Source], catalogue: Catalogue = .empty, readObjectives: ObjectiveReader = Self.noObjectives
    ) throws(ProvisionerError) -> RuleSet {
        var reader = RuleFileReader(catalogueNames: catalogue.names, usesCatalogue: files.isEmpty)
        var faults: [String] = []
        let allDiagnostics = files.map { _ in Diagnostics() }
        for (file, diagnostics) in zip(files, allDiagnostics) {
            do throws(YAMLError) {
                let node = try YAMLNode(parsing: file.bytes)
                reader.read(node, file: file.name, diagnostics, readObjectives)
            } catch {
                faults.append("\(file.name), line \(error.line), column \(error.column): \(error.message)")
            }
        }
        reader.checkReferences()
        for (file, diagnostics) in zip(files, allDiagnostics) {
            do throws(ConfigurationError) { try diagnostics.check() } catch {
                faults += error.faults.map { fault in
                    fault.line == nil ? "\(file.name): \(fault)" : "\(file.name), \(fault)"
                }
            }
        }
        guard faults.isEmpty else {
            let title = faults.count == 1 ? "" : "\(counted(faults.count, "fault")) in the rules:\n"
            throw ProvisionerError(.invalid, title + faults.joined(separator: "\n"))
        }
        var rules = reader.rules
        if reader.catalogue.isOn { rules.rules += reader.catalogue.applied(to: catalogue.rules(reader.catalogue)) }
        return rules
    }

    /// Notes that nothing reads objectives.
    public static func noObjectives(_ elements: [ConfigurationSection], _ file: String?) -> [ObjectiveRule] {
        for element in elements {
            element.diagnostics.fault(line: element.line, path: element.path, "objectives are not supported here")
        }
        return []
    }
}

/// Which rules of the catalogue are used, and how they are changed.
public struct CatalogueChoice: Sendable, Hashable {
    /// Whether the catalogue is used at all.
    public var isOn: Bool
    /// Only these kinds; nil for all.
    public var kinds: Set<ResourceKind>?
    /// Globs for the names of entries that are used although they are no defaults.
    public var included: [String]
    /// Globs for the names of entries that are not used.
    public var excluded: [String]
    /// Changes by globs for names, in the order of the file: of several that match, the later one counts.
    public var settings: [NamedSettings]

    /// Changes of the entries that a glob matches.
    public struct NamedSettings: Sendable, Hashable {
        /// A glob for the names of entries.
        public var names: String
        /// What changes of them.
        public var settings: RuleSettings

        /// Changes.
        public init(names: String, settings: RuleSettings) {
            self.names = names
            self.settings = settings
        }
    }

    /// A choice.
    public init(
        isOn: Bool = true, kinds: Set<ResourceKind>? = nil, included: [String] = [], excluded: [String] = [],
        settings: [NamedSettings] = []
    ) {
        self.isOn = isOn
        self.kinds = kinds
        self.included = included
        self.excluded = excluded
        self.settings = settings
    }

    /// What changes of an entry; nil for nothing.
    public func settings(for name: String) -> RuleSettings? {
        var result: RuleSettings?
        for entry in settings where MatchPattern(entry.names).matches(name) {
            result = (result ?? RuleSettings()).changed(by: entry.settings)
        }
        return result
    }

    /// The rules that are left, with their settings.
    public func applied(to rules: [AlarmRule]) -> [AlarmRule] {
        guard isOn else { return [] }
        let excluded = excluded.map { MatchPattern($0) }
        return rules.compactMap { rule in
            guard !excluded.matches(rule.name) else { return nil }
            if let kinds, rule.match.kinds.isDisjoint(with: kinds) { return nil }
            return settings(for: rule.name)?.applied(to: rule) ?? rule
        }
    }
}

/// Reads files one after the other into one set of rules.
struct RuleFileReader {
    private(set) var rules = RuleSet()
    private(set) var catalogue: CatalogueChoice
    let catalogueNames: [String]
    /// Where names of rules and windows, and settings for all, were given first.
    private var places: [String: String] = [:]
    private var zones = WindowReader.Zones()
    /// Names of rules in composites and windows, to be looked up when all files are read.
    private var references: [(glob: String, section: ConfigurationSection, key: String)] = []

    /// - Parameter usesCatalogue: whether the catalogue is in force when no file says so.
    init(catalogueNames: [String], usesCatalogue: Bool) {
        self.catalogueNames = catalogueNames
        catalogue = CatalogueChoice(isOn: usesCatalogue)
    }

    mutating func read(
        _ node: YAMLNode, file: String, _ diagnostics: Diagnostics, _ readObjectives: RuleFile.ObjectiveReader
    ) {
        guard !node.isNull else {
            diagnostics.fault(
                line: 1, path: "",
                "nothing is in it: expected rules, such as rules: [{name: cpu, for: \"ec2:instance\", …}]")
            return
        }
        guard let section = ConfigurationSection(node, path: "", diagnostics: diagnostics) else { return }
        readOptions(section, file)
        readCatalogue(section, file)
        for element in section.sections("rules") {
            let reader = AlarmRuleReader(section: element, file: file)
            let rule = reader.rule()
            claim(rule.name, "rule", element, file)
            rules.rules.append(rule)
        }
        for element in section.sections("alarms") { readAlarm(element, file) }
        for element in section.sections("windows") { readWindow(element, file) }
        let objectives = section.sections("objectives")
        if !objectives.isEmpty { rules.objectives += readObjectives(objectives, file) }
        section.close(allowing: true)
    }

    private mutating func readAlarm(_ section: ConfigurationSection, _ file: String) {
        let reader = AlarmRuleReader(section: section, file: file)
        guard section.has("log") else {
            let rule = reader.composite()
            claim(rule.name, "rule", section, file)
            rules.composites.append(rule)
            for case .rules(let glob) in rule.expression.references { references.append((glob, section, "when")) }
            if case .rules(let glob)? = rule.suppressor { references.append((glob, section, "suppressed-by")) }
            return
        }
        let rule = reader.log()
        claim(rule.name, "rule", section, file)
        rules.logs.append(rule)
    }

    private mutating func readWindow(_ section: ConfigurationSection, _ file: String) {
        guard let window = WindowReader(section: section, file: file).window(&zones) else { return }
        claim(window.name, "window", section, file)
        rules.windows.append(window)
        for glob in window.rules { references.append((glob, section, "rules")) }
    }

    /// Tells of names that no rule has but one has nearly; others may be those of tags and objectives.
    func checkReferences() {
        let names =
            rules.rules.map(\.name) + rules.composites.map(\.name) + rules.logs.map(\.name)
            + rules.objectives.map(\.objective.name) + catalogueNames
        for (glob, section, key) in references {
            let pattern = MatchPattern(glob)
            guard !names.contains(where: { pattern.matches($0) }), let nearest = names.nearest(to: glob) else {
                continue
            }
            section.fault(key, "there is no rule \(glob), did you mean \(nearest)?")
        }
    }

    // MARK: Duplicates

    /// Notes that a name is taken.
    private mutating func claim(_ name: String, _ what: String, _ section: ConfigurationSection, _ file: String) {
        guard !name.isEmpty else { return }
        if let first = places["\(what) \(name)"] {
            section.fault("name", "there is another \(what) \(name) in \(first): rename one of them")
        } else {
            places["\(what) \(name)"] = place(file, section.line(of: "name"))
        }
    }

    /// Whether a setting for all is in this file, and notes when another file has it, too.
    private mutating func takes(_ key: String, _ section: ConfigurationSection, _ file: String) -> Bool {
        guard section.has(key) else { return false }
        if let first = places[key] {
            section.fault(key, "it is set in \(first) as well: leave one of them out")
        } else {
            places[key] = place(file, section.line(of: key))
        }
        return true
    }

    private func place(_ file: String, _ line: Int?) -> String { file + (line.map { ", line \($0)" } ?? "") }

    // MARK: What all alarms have in common

    private mutating func readOptions(_ section: ConfigurationSection, _ file: String) {
        var options = rules.options
        if takes("owner", section, file) { options.owner = tagText("owner", section) ?? options.owner }
        if takes("prefix", section, file) {
            let text = section.text("prefix") ?? ""
            if text.utf16.count > 100 { section.fault("prefix", "expected at most 100 characters") }
            options.prefix = text
        }
        if takes("topics", section, file), let topics = section.section("topics") {
            for severity in topics.keys {
                AlarmRuleReader.checkSeverity(severity) { topics.fault(severity, $0) }
                options.topics[severity == "default" ? "" : severity] = AlarmRuleReader.arns(severity, topics)
            }
        }
        if takes("recovery", section, file) { options.notifiesRecovery = section.flag("recovery", default: true) }
        if takes("auto-alarm-tags", section, file) {
            options.readsAutoAlarmTags = section.flag("auto-alarm-tags", default: true)
        }
        if takes("copy-tags", section, file) {
            options.copiedTags = Self.tagKeys("copy-tags", section)
            for entry in section.texts("copy-tags", acceptsOne: true) where entry.text.hasPrefix("aws:") {
                section.fault(at: entry, "AWS reserves tags that begin with aws:, so an alarm cannot have it")
            }
        }
        if takes("propagate-tags", section, file) { options.propagatedTags = Self.propagation(section) }
        if takes("grace", section, file) {
            options.gracePeriod = section.duration("grace") ?? options.gracePeriod
            if options.gracePeriod < .zero { section.fault("grace", "expected no negative duration") }
        }
        if takes("max-delete", section, file) { options.maximumDeletedPercent = Self.percent(section) }
        rules.options = options
    }

    private func tagText(_ key: String, _ section: ConfigurationSection) -> String? {
        guard let text = section.text(key) else { return nil }
        if AlarmTagText.value(text) != text {
            section.fault(key, "expected at most 256 letters, digits, spaces and _.:/=+-@, since it becomes a tag")
        }
        return text
    }

    static func tagKeys(_ key: String, _ section: ConfigurationSection) -> [String] {
        section.texts(key, acceptsOne: true).map { entry in
            if entry.text.utf16.count > 128 || entry.text.isEmpty {
                section.fault(at: entry, "expected a tag's key of 1 to 128 characters")
            }
            return entry.text
        }
    }

    /// `all`, a list of keys, or `{except: [keys]}`.
    private static func propagation(_ section: ConfigurationSection) -> TagPropagation? {
        let key = "propagate-tags"
        let limit = "expected 1 to 50 keys of tags"
        if section.value(key)?.text == "all" { return .all }
        if let flag = section.value(key)?.text, ["true", "false"].contains(flag.lowercased()) {
            return section.flag(key) == true ? .all : nil
        }
        if section.isMapping(key), let inner = section.section(key) {
            let keys = tagKeys("except", inner)
            inner.close()
            if !(1...50).contains(keys.count) { inner.fault("except", limit) }
            return .except(keys)
        }
        let keys = tagKeys(key, section)
        if !(1...50).contains(keys.count) { section.fault(key, limit) }
        return .only(keys)
    }

    private static func percent(_ section: ConfigurationSection) -> Double {
        section.value("max-delete", default: 25, expected: "a share from 0% to 100%, such as 25%") { text in
            let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
            guard let number = Double(digits.trimmingWhitespace), number >= 0, number <= 100 else { return nil }
            return number
        }
    }

    // MARK: Catalogue

    private mutating func readCatalogue(_ section: ConfigurationSection, _ file: String) {
        guard takes("catalogue", section, file) else { return }
        if section.value("catalogue")?.text != nil {
            catalogue.isOn = section.flag("catalogue", default: true)
            return
        }
        guard let choice = section.section("catalogue") else { return }
        catalogue.isOn = choice.flag("enabled", default: true)
        let kinds = choice.has("kinds") ? AlarmRuleReader.kinds("kinds", choice) : nil
        catalogue.kinds = kinds
        catalogue.included = names("include", choice)
        catalogue.excluded = names("exclude", choice)
        if let settings = choice.section("settings") {
            for name in settings.keys {
                check(name) { settings.fault(name, $0) }
                guard let one = settings.section(name) else { continue }
                catalogue.settings.append(
                    CatalogueChoice.NamedSettings(names: name, settings: AlarmRuleReader.settings(one)))
                one.close()
            }
        }
        choice.close()
    }

    private func names(_ key: String, _ section: ConfigurationSection) -> [String] {
        section.texts(key, acceptsOne: true).map { entry in
            check(entry.text) { section.fault(at: entry, $0) }
            return entry.text
        }
    }

    /// Tells of a name, or glob, that no entry of the catalogue has.
    private func check(_ name: String, _ fault: (String) -> Void) {
        let pattern = MatchPattern(name)
        guard !catalogueNames.isEmpty, !catalogueNames.contains(where: { pattern.matches($0) }) else { return }
        let advice =
            catalogueNames.nearest(to: name).map { "did you mean \($0)?" } ?? "`tocsin alarms rules` lists them"
        fault("the catalogue has no \(name), \(advice)")
    }
}
