public import Basics
import Configuration
public import ConfigurationSources
import TimeZones
import YAML

extension Guard {
    /// Reads the guard at a place.
    /// - Parameters:
    ///   - environment: tells where a relative path begins.
    ///   - remote: asked for an object or a parameter only.
    /// - Throws: ``ExperimentError`` with `refused`, also when it cannot be fetched: without its guard nothing may run.
    public static func load(
        _ source: ConfigurationSource, environment: [String: String], remote: RemoteValues, deadline: Timestamp? = nil
    ) async throws -> Guard {
        let bytes: [UInt8]
        do {
            bytes = try await source.load(environment: environment, remote: remote, deadline: deadline)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ExperimentError(
                .refused, "nothing is run, because the guard \(source) cannot be read: \(error)", underlying: error)
        }
        return try Guard(parsing: bytes, source: source.description)
    }

    /// Reads a guard in YAML or JSON.
    /// - Parameter source: where it is from, for messages.
    /// - Throws: ``ExperimentError`` with `refused` and every fault with its line.
    public init(parsing bytes: [UInt8], source: String) throws(ExperimentError) {
        let diagnostics = Diagnostics()
        let read: Guard?
        do throws(YAMLError) {
            let node = try YAMLNode(parsing: bytes)
            read = ConfigurationSection(node, path: "", diagnostics: diagnostics).map { Guard($0, source: source) }
        } catch {
            throw ExperimentError(
                .refused, "nothing is run: the guard \(source) has a fault: \(error)", underlying: error)
        }
        do throws(ConfigurationError) { try diagnostics.check() } catch {
            throw ExperimentError(
                .refused, "nothing is run: the guard \(source) has faults: \(error)", underlying: error)
        }
        guard let read else { throw ExperimentError(.refused, "nothing is run: the guard \(source) is empty") }
        self = read
    }

    /// Reads what there is, and notes what is wrong with it.
    private init(_ file: ConfigurationSection, source: String) {
        self.source = source
        activities = Activities(file)
        let processes = file.section("processes")
        self.processes = processes.map { $0.patterns("allow") ?? $0.rule([], "allow") }
        allowsShell = (processes ?? file).rule(
            processes?.flag("shell") ?? false, processes == nil ? "processes" : "shell")
        processes?.close()
        let http = file.section("http")
        self.http = http.map { $0.patterns("allow") ?? $0.rule([], "allow") }
        http?.close()
        accounts = file.optional("accounts") { section, key in
            section.texts(key, acceptsOne: true).map { entry in
                if entry.text.utf8.count != 12 || !entry.text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) {
                    section.fault(at: entry, expected: "an account of 12 digits, in quotes")
                }
                return entry.text
            }
        }
        regions = file.optional("regions") { section, key in section.texts(key, acceptsOne: true).map(\.text) }
        targets = Targets(file)
        var zones: [String: TimeZoneRules] = [:]
        hours = file.optional("hours") { section, key in
            section.sections(key).compactMap { WeeklyWindow($0, zones: &zones) }
        }
        duration = file.duration("maximum-duration").map { file.rule($0, "maximum-duration") }
        if let duration, duration.value <= .zero { file.fault("maximum-duration", expected: "a duration above zero") }
        stopConditions = file.patterns("stop-conditions")
        file.close(allowing: true)
    }
}

extension Guard.Activities {
    fileprivate init(_ file: ConfigurationSection) {
        guard let section = file.section("activities") else {
            if !file.has("activities") {
                file.fault("activities", expected: "the activities that are allowed: {allow: [chaosaws.ec2.*]}")
            }
            self.init(allow: file.rule([], "activities"), background: file.rule(false, "activities"))
            return
        }
        self.init(
            allow: section.patterns("allow") ?? section.rule([], "allow"), deny: section.patterns("deny"),
            background: section.rule(section.flag("background", default: false), "background"),
            maximum: section.integer("maximum", in: 1...100_000).map { section.rule($0, "maximum") },
            approval: section.patterns("approval"))
        if !section.has("allow") {
            section.fault("allow", expected: "a list of module.function, in which * stands for any characters")
        }
        section.close()
    }
}

extension Guard.Targets {
    private enum Untagged: String, CaseIterable { case refuse, allow }

    fileprivate init(_ file: ConfigurationSection) {
        guard let section = file.section("targets") else {
            self.init(allowsUntagged: file.rule(false, "targets"), withoutTargets: file.rule([], "targets"))
            return
        }
        let untagged = section.choice("untagged", default: Untagged.refuse)
        let percent = section.number("maximum-percent", default: 100, in: 0...100)
        self.init(
            requiredTags: section.tags("require-tags"), refusedTags: section.tags("refuse-tags"),
            allowsUntagged: section.rule(untagged == .allow, "untagged"),
            maximum: section.integer("maximum", in: 0...100_000).map { section.rule($0, "maximum") },
            maximumPercent: section.has("maximum-percent") ? section.rule(percent, "maximum-percent") : nil,
            withoutTargets: section.patterns("without-targets") ?? section.rule([], "without-targets"))
        section.close()
    }
}

extension ConfigurationSection {
    fileprivate func rule<Value>(_ value: Value, _ key: String) -> Guard.Rule<Value> {
        Guard.Rule(value: value, path: path(of: key), line: line(of: key))
    }

    /// A rule of a key that may be absent; an empty list allows nothing.
    fileprivate func optional<Value>(
        _ key: String, _ read: (ConfigurationSection, String) -> Value
    ) -> Guard.Rule<Value>? {
        has(key) ? rule(read(self, key), key) : nil
    }

    fileprivate func patterns(_ key: String) -> Guard.Rule<[Guard.Pattern]>? {
        optional(key) { section, key in section.texts(key, acceptsOne: true).map { Guard.Pattern($0.text) } }
    }

    fileprivate func tags(_ key: String) -> Guard.Rule<[Guard.Tag]>? {
        optional(key) { section, key in
            section.pairs(key).map { Guard.Tag(name: $0.name, value: Guard.Pattern($0.value)) }
        }
    }
}
