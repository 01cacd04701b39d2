import AWS
import AlarmProvisioner
import Basics
import Configuration
import ConfigurationSources
import Experiments
import FunctionRuntime
import Glibc
import JSON
import LocalCloud
import Notifier
import TimeZones
import Transport
import UptimeChecker
import YAML

/// The user's folder of `tocsin up`: `tocsin.yaml` and the files that it names.
struct UpFolder: Sendable {
    /// The file that says what runs.
    static let fileName = "tocsin.yaml"

    /// From the root.
    let path: String
    /// The user's variables, with `SITE`.
    let environment: [String: String]
    /// What reads experiments and rules.
    let loop: EventLoop

    /// The folder's version at one moment.
    struct Version: Sendable {
        /// What runs, or everything that is wrong.
        let system: Result<UpSystem, UpFaults>
        /// Every file that was looked at, as it was then.
        let stamps: [String: FileStamp]
    }

    /// Reads everything.
    func read() async -> Version {
        let reading = Reading(folder: self)
        let system = await reading.system()
        return Version(system: system, stamps: reading.stamps)
    }
}

/// What tells that a file is another one than before.
struct FileStamp: Sendable, Hashable {
    private var size = 0
    /// The bytes of its time of change.
    private var time: [UInt8] = []
    private var number: UInt64 = 0
    /// Of a folder: what is in it.
    private var names: [String] = []

    /// The stamp of a file or folder; that of one that does not exist is a stamp, too.
    init(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return }
        time = withUnsafeBytes(of: facts.st_mtim) { Array($0) }
        number = UInt64(facts.st_ino)
        if facts.st_mode & S_IFMT == S_IFDIR { names = Files.names(in: path).sorted() } else { size = facts.st_size }
    }
}

/// One reading of a folder: collects files and faults.
private final class Reading {
    let folder: UpFolder
    private(set) var stamps: [String: FileStamp] = [:]
    private var faults: [String] = []
    private var faultyExperiments: [UpFaults.Experiment] = []
    private let diagnostics = Diagnostics()
    private var zones: [String: TimeZoneRules] = [:]
    /// The text of `tocsin.yaml`, by lines.
    private var lines: [Substring] = []

    init(folder: UpFolder) { self.folder = folder }

    // MARK: Files

    /// The content of a file of the folder; nil, with a fault noted, when it cannot be read.
    private func bytes(_ name: String, at entry: ConfigurationEntry? = nil, of section: ConfigurationSection?)
        -> [UInt8]?
    {
        let path = path(name)
        // Before the reading: what is written meanwhile is seen at the next look.
        stamps[path] = FileStamp(path)
        do {
            return try Files.read(path)
        } catch {
            if let section, let entry {
                section.fault(at: entry, "\(name) cannot be read: \(error); paths begin at \(folder.path)")
            } else {
                faults.append("\(name) cannot be read: \(error)")
            }
            return nil
        }
    }

    private func path(_ name: String) -> String { name.hasPrefix("/") ? name : "\(folder.path)/\(name)" }

    // MARK: The file

    /// Reads everything.
    func system() async -> Result<UpSystem, UpFaults> {
        var system = UpSystem()
        if let bytes = bytes(UpFolder.fileName, of: nil) { await read(bytes, into: &system) }
        faults.insert(contentsOf: sortedFaults(), at: 0)
        return faults.isEmpty
            ? .success(system) : .failure(UpFaults(lines: faults, experiments: faultyExperiments))
    }

    private func sortedFaults() -> [String] {
        ConfigurationError(faults: diagnostics.faults).faults.map { "\(UpFolder.fileName): \($0)" }
    }

    private func read(_ bytes: [UInt8], into system: inout UpSystem) async {
        let text = String(decoding: bytes, as: UTF8.self)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let root: YAMLNode
        do throws(YAMLError) { root = try YAMLNode(parsing: bytes) } catch {
            faults.append("\(UpFolder.fileName): line \(error.line), column \(error.column): \(error.message)")
            return
        }
        guard !root.isNull else {
            faults.append("\(UpFolder.fileName): nothing is in it; `tocsin up --init` writes one to begin with")
            return
        }
        guard let file = ConfigurationSection(root, path: "", diagnostics: diagnostics) else { return }
        system.maintenance = file.list("maintenance", acceptsOne: true).compactMap { maintenance($0, file) }
        system.tests = tests(file)
        system.checks = checks(file, maintenance: system.maintenance)
        system.notes = system.checks?.notes ?? []
        system.alarmRules = await alarms(file)
        system.notifications = await notifications(file)
        system.experiments = await experiments(file)
        system.objectives += objectives(file)
        system.eventRules = eventRules(file)
        if let console = file.section("console") {
            system.port = console.integer("port", in: 0...65_535)
            console.close()
        }
        if let pushes = file.section("pushes") {
            system.pushes.host = pushes.text("host", default: system.pushes.host)
            system.pushes.port = pushes.integer("port", default: 0, in: 0...65_535)
            pushes.close()
        }
        if let history = file.section("history") { system.history = limits(history) }
        file.close(allowing: true)
        let names = Set(system.tests.map(\.service))
        for entry in system.checks?.entries ?? [] where names.contains(entry.displayName) {
            faults.append("\(UpFolder.fileName): a test and an endpoint are named \(entry.displayName): rename one")
        }
        if system.checks == nil, system.tests.isEmpty, diagnostics.faults.isEmpty, faults.isEmpty {
            faults.append("\(UpFolder.fileName): nothing is watched: give checks, tests or both")
        }
    }

    // MARK: Checks

    private func checks(_ file: ConfigurationSection, maintenance: [UpSystem.Maintenance]) -> CombinedEndpoints? {
        guard let value = file.value("checks") else { return nil }
        var files: [CombinedEndpoints.File] = []
        if value.json.objectValue != nil {
            files = [.init(name: UpFolder.fileName, bytes: inlineDocument("checks", file, value))]
        } else {
            for entry in file.texts("checks", acceptsOne: true) {
                if let bytes = bytes(entry.text, at: entry, of: file) {
                    files.append(.init(name: entry.text, bytes: bytes))
                }
            }
        }
        guard !files.isEmpty else { return nil }
        let text = files.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "\n")
        let (variables, withheld) = checkVariables(for: text, folder.environment)
        do throws(UptimeCheckerError) {
            var checks = try CombinedEndpoints(
                files, environment: variables
            ) { service in maintenance.filter { $0.concerns(service) }.map(\.json) }
            checks.notes = withheld + checks.notes
            return checks
        } catch {
            faults += error.message.split(separator: "\n").map(String.init)
            return nil
        }
    }

    /// The text of a mapping in the file, as a document in which everything stands on the line that it has here.
    ///
    /// The reader of the document then tells the right lines. Where the mapping is on the line of its key, as in
    /// `checks: {…}`, it is JSON without the right lines.
    private func inlineDocument(_ key: String, _ file: ConfigurationSection, _ value: ConfigurationValue) -> [UInt8] {
        guard let first = file.line(of: key), lines.indices.contains(first - 1),
            lines[first - 1].drop(while: { $0 != ":" }).dropFirst().prefix(while: { $0 != "#" })
                .allSatisfy(\.isWhitespace)
        else { return value.json.serialized() }
        let next = file.keys.compactMap { file.line(of: $0) }.filter { $0 > first }.min() ?? lines.count + 1
        let kept = lines.enumerated().map { index, line in index + 1 > first && index + 1 < next ? line : "" }
        return Array(kept.joined(separator: "\n").utf8)
    }

    // MARK: Tests

    private func tests(_ file: ConfigurationSection) -> [SLATest] {
        var lines: [String: Int] = [:]
        return file.sections("tests").compactMap { section in
            let name = section.requiredText("name", expected: "the name of the tested service")
            let command = section.requiredText("command", expected: "a command for sh: its exit status 0 is a success")
            var test = SLATest(service: name, command: command)
            let interval = section.duration("interval", default: .seconds(60))
            if interval < .seconds(1) { section.fault("interval", "expected one second or more") }
            test.delay = max(1, Int(interval.components.seconds))
            test.timeout = section.has("timeout") ? section.duration("timeout", default: .seconds(60)) : nil
            test.groups = section.texts("groups", acceptsOne: true).map(\.text)
            if section.has("objective") { test.target = section.number("objective", default: 99.9, in: 0...100) }
            section.close()
            if let line = lines.updateValue(section.line ?? 0, forKey: name) {
                section.fault("name", "the test on line \(line) has the same name: change one")
            }
            return name.isEmpty || command.isEmpty ? nil : test
        }
    }

    // MARK: Alarms

    private func alarms(_ file: ConfigurationSection) async -> [UpSystem.RulesFile] {
        let files = file.texts("alarms", acceptsOne: true).compactMap { entry in
            bytes(entry.text, at: entry, of: file).map { UpSystem.RulesFile(name: entry.text, bytes: $0) }
        }
        guard !files.isEmpty else { return [] }
        do throws(ProvisionerError) {
            _ = try OfflineRules.alarms(
                of: files.map { RuleFile.Source(name: $0.name, bytes: $0.bytes) }, for: [], series: MetricSeriesIndex(),
                in: AlarmScope(account: "123456789012", region: "us-east-1"))
        } catch {
            faults += error.message.split(separator: "\n").map(String.init)
        }
        return files
    }

    // MARK: Notifications

    private func notifications(_ file: ConfigurationSection) async -> NotificationRules? {
        guard let value = file.value("notifications") else { return nil }
        var files: [(name: String, bytes: [UInt8])] = []
        if value.json.objectValue != nil {
            files = [(UpFolder.fileName, inlineDocument("notifications", file, value))]
        } else {
            for entry in file.texts("notifications", acceptsOne: true) {
                if let bytes = bytes(entry.text, at: entry, of: file) { files.append((entry.text, bytes)) }
            }
        }
        var rules = NotificationRules()
        for (name, bytes) in files {
            // The notifier itself says what is wrong, for it is what will read them.
            let variables = folder.environment.merging([
                "NOTIFY_CONFIG_TEXT": String(decoding: bytes, as: UTF8.self), "AWS_REGION": "us-east-1",
            ]) { $1 }.filter { !$0.key.hasPrefix("AWS_LAMBDA") && $0.key != "NOTIFY_CONFIG" }
            do {
                let loop = folder.loop
                try await withTaskExecutorPreference(loop) {
                    _ = try await Notifier(environment: Environment(variables), loop: loop)
                }
                let document = try YAMLNode(parsing: bytes).json.objectValue ?? [:]
                for fault in rules.add(document, environment: folder.environment) { faults.append("\(name): \(fault)") }
            } catch {
                let text = "\(error)".withoutPrefix("wrong rules: ")
                faults += text.split(separator: "\n").map { "\(name): \($0)" }
            }
        }
        return files.isEmpty ? nil : rules
    }

    // MARK: Experiments

    private func experiments(_ file: ConfigurationSection) async -> [UpSystem.ExperimentFile] {
        var names: [String] = []
        for entry in file.texts("experiments", acceptsOne: true) {
            let path = path(entry.text)
            guard Files.isFolder(path) else {
                names.append(entry.text)
                continue
            }
            stamps[path] = FileStamp(path)
            let inside = Files.names(in: path).sorted().filter { name in
                [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
            }
            let start = entry.text.hasSuffix("/") ? entry.text : entry.text + "/"
            names += inside.map { start == "./" ? $0 : start + $0 }
        }
        var found: [UpSystem.ExperimentFile] = []
        for name in names where name != UpFolder.fileName {
            let before = faults.count
            if let experiment = await experiment(name) {
                found.append(experiment)
            } else {
                let own = faults.dropFirst(before).joined(separator: "; ")
                faultyExperiments.append(UpFaults.Experiment(id: name, fault: own))
            }
        }
        return found
    }

    private func experiment(_ name: String) async -> UpSystem.ExperimentFile? {
        guard let bytes = bytes(name, of: nil) else { return nil }
        let path = path(name)
        // The value comes with the example site.
        let variables = ["SITE": "http://127.0.0.1"].merging(folder.environment) { $1 }
        do {
            let loop = folder.loop
            let session = ChaosSession(loop: loop, environment: variables, verifiesTLS: true)
            let (experiment, findings) = try await withTaskExecutorPreference(loop) {
                let experiment = try await session.load(path)
                return (experiment, session.findings(in: experiment, isStrict: false))
            }
            guard findings.isValid else {
                faults += findings.filter { $0.severity == .error }.map { $0.text(name) }
                return nil
            }
            return UpSystem.ExperimentFile(
                id: name, title: experiment.document["title"]?.stringValue ?? name, path: path,
                digest: Digest.sha256Hex(String(decoding: bytes, as: UTF8.self)))
        } catch {
            let text = (error as? ExperimentError)?.message ?? "\(error)"
            faults += text.split(separator: "\n").map {
                $0.hasPrefix(path) ? name + $0.dropFirst(path.count) : "\(name): \($0)"
            }
            return nil
        }
    }

    // MARK: The rest

    private func objectives(_ file: ConfigurationSection) -> [UpSystem.Objective] {
        guard let section = file.section("objectives") else { return [] }
        return section.keys.map { name in
            UpSystem.Objective(services: name, percent: section.number(name, default: 99.9, in: 0...100))
        }
    }

    private func maintenance(_ entry: ConfigurationEntry, _ file: ConfigurationSection) -> UpSystem.Maintenance? {
        guard let section = file.section(at: entry) else { return nil }
        let services = section.texts("services", acceptsOne: true).map(\.text)
        var json = entry.value.json.objectValue ?? [:]
        json["services"] = nil
        return WeeklyWindow(section, zones: &zones).map {
            UpSystem.Maintenance(window: $0, json: .object(json), services: services)
        }
    }

    private func limits(_ section: ConfigurationSection) -> UpSystem.HistoryLimits {
        var limits = UpSystem.HistoryLimits()
        limits.days = section.integer("days", default: limits.days, in: 1...3_650)
        limits.size = section.value("size", default: limits.size, expected: "a size such as 200MB, 1MB or more") {
            Self.bytes($0)
        }
        section.close()
        return limits
    }

    /// `200MB`, `1 GB`.
    private static func bytes(_ text: String) -> Int? {
        let units = [("GB", 1 << 30), ("MB", 1 << 20)]
        guard let (unit, factor) = units.first(where: { text.uppercased().hasSuffix($0.0) }),
            let number = Int(text.dropLast(unit.count).filter { $0 != " " }), (1...1_000_000).contains(number)
        else { return nil }
        return number * factor
    }
}

extension String {
    fileprivate func withoutPrefix(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }
}
