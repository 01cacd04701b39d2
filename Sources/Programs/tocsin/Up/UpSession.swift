import AWS
import Basics
import Console
import Experiments
import Glibc
import JSON
import LocalCloud
import Notifier
import TextTables
import Transport
import UptimeChecker

/// One run of `tocsin up`: tests with metric-writer, checks with uptime-checker, alarms, and notifier.
///
/// Each version of the system is taken over while it runs: what does not differ is not disturbed.
final class UpSession: Sendable {
    /// What does not change during a session.
    struct Settings: Sendable {
        /// Path of `sla-runner`.
        var runner: String
        /// The name of the function that takes the tests' results.
        var resultWriter: String
        /// The user's variables, with `SITE`.
        var environment: [String: String]
        /// For the files that functions read; nobody else can read it.
        var temporaryFolder: String
        /// Where the notifier keeps silences and groups.
        var notifierState: String
        /// Whether services are only those of a folder's newest version.
        var hasFolder: Bool
        /// Where the checker keeps which endpoints are down, and when results were pushed.
        var checkerState: String
    }

    let settings: Settings
    private let startedAt = Timestamp.now()
    let recorder: UpRecorder
    let display: LiveTable
    let controller: UpController
    let experiments: UpExperiments
    let checks: CheckRunner

    private let system: Locked<UpSystem>
    private let tests = AsyncStream.makeStream(of: [SLATest].self, bufferingPolicy: .bufferingNewest(1))
    private let endpoints = AsyncStream.makeStream(
        of: CombinedEndpoints?.self, bufferingPolicy: .bufferingNewest(1))
    private let inboxURL = Locked("")
    /// The beginning of the addresses that results are pushed to; empty when none are taken.
    private let pushURL = Locked("")
    private let stack = Locked<LocalStack?>(nil)
    private let stops = AsyncStream.makeStream(of: Void.self)
    /// Whether everything runs that ends by ``stop()``.
    private let isRunning = Locked(false)

    /// How often alarms are made for new metrics, and evaluated.
    private static let alarmInterval = Duration.seconds(2)
    /// How many invocations the checker handles at once: slow endpoints and those who ask for a check are apart.
    private static let checkerConcurrency = 8
    /// How long an invocation of the checker may take beyond its longest suite, and at least.
    private static let checkerTimeout = Duration.seconds(30)

    init(
        _ system: UpSystem, settings: Settings, recorder: UpRecorder, display: LiveTable, loop: EventLoop
    ) {
        (self.settings, self.recorder, self.display) = (settings, recorder, display)
        let note: @Sendable (String) -> Void = { line in
            display.note(line)
            recorder.note(line)
        }
        checks = CheckRunner(
            onAnswer: { names, answer in recorder.take(checked: names, causes: answer.causes) }, note: note)
        experiments = UpExperiments(
            environment: settings.environment, loop: loop, onRun: { recorder.take($0) }, note: note)
        controller = UpController(recorder: recorder, checks: checks, experiments: experiments)
        self.system = Locked(system)
    }

    /// A line for people, in the terminal and on the page.
    func note(_ line: String) {
        display.note(line)
        recorder.note(line)
    }

    // MARK: Versions

    /// Takes a version of the system over, as a whole or not at all.
    func take(_ system: UpSystem) throws(SystemError) {
        // First, because nothing else can fail.
        try writeFiles(of: system)
        let old = self.system.withLock { current in
            defer { current = system }
            return current
        }
        recorder.take(system)
        stack.withLock { $0 }?.events.take(system.eventRules)
        dropMetrics()
        controller.take(system)
        display.expect(system.tests.map(\.service))
        tests.continuation.yield(system.tests)
        endpoints.continuation.yield(system.checks)
        for line in system.notes where !old.notes.contains(line) { note(line) }
        if old.external.map(\.key) != system.external.map(\.key) { tellWhereToPush(system) }
    }

    /// Results can be pushed from now on.
    /// - Parameter url: the beginning of the addresses.
    func takesPushes(at url: String) {
        pushURL.withLock { $0 = url }
        tellWhereToPush(system.withLock { $0 })
    }

    private func tellWhereToPush(_ system: UpSystem) {
        guard case let url = pushURL.withLock({ $0 }), !url.isEmpty, let first = system.external.first else { return }
        let others = system.external.count - 1
        note(
            "Results of \(first.displayName) are pushed to \(url)\(first.key)/external?success=true"
                + (others == 0 ? "" : ", and of \(counted(others, "other external endpoint")) with their keys"))
    }

    /// A result that was pushed and taken.
    func take(_ push: PushServer.Push) {
        let checks = system.withLock { $0.checks }
        guard let checks, let entry = checks.entries.first(where: { $0.isExternal && $0.key == push.key }) else {
            return
        }
        let cause = push.error.map { checks.shown(error: $0, of: push.key) }
        recorder.take(checked: [entry.displayName], causes: cause.map { [entry.displayName: $0] } ?? [:])
    }

    /// Metrics of what is no longer watched go, and with them its alarms.
    private func dropMetrics() {
        guard settings.hasFolder else { return }
        stack.withLock { $0 }?.keepMetrics { [recorder] in recorder.isWatched($0) }
    }

    private var endpointsPath: String { settings.temporaryFolder + "/endpoints.json" }
    private var notificationsPath: String { settings.temporaryFolder + "/notifications.json" }

    /// Writes what functions read of a version.
    private func writeFiles(of system: UpSystem) throws(SystemError) {
        var files: [(path: String, text: String)] = []
        let url = inboxURL.withLock { $0 }
        if !url.isEmpty {  // the inbox is open
            let rules = (system.notifications ?? NotificationRules()).document(inboxURL: url)
            files.append((notificationsPath, rules.description))
        }
        if let checks = system.checks { files.append((endpointsPath, checks.text)) }
        // Beside the old ones first: a full disk must not leave one new and one old.
        for (path, text) in files {
            try replaceFile(path + ".next", with: Array(text.utf8), draft: path + ".new")
        }
        for (path, _) in files {
            guard rename(path + ".next", path) == 0 else { throw .last }
        }
    }

    // MARK: Running

    /// The names of the functions that are needed.
    static func functions(for system: UpSystem, hasFolder: Bool, resultWriter: String) -> [String] {
        var names = ["notifier"]
        if hasFolder || !system.tests.isEmpty { names.append(resultWriter) }
        if hasFolder || system.checks != nil { names.append("uptime-checker") }
        return names
    }

    /// Ends the session as its limit does: the rollbacks of an experiment come first, while everything still runs.
    ///
    /// ``run(_:binaries:limit:experiment:watching:)`` throws `CancellationError` then.
    /// - Returns: whether it runs.
    func stop() -> Bool {
        guard isRunning.withLock({ $0 }) else { return false }
        stops.continuation.yield()
        return true
    }

    /// Runs everything until the limit has passed, it is stopped or the task is cancelled.
    /// - Parameters:
    ///   - experiment: run as soon as checks have shown a healthy system.
    ///   - watching: what brings new versions of the system.
    /// - Returns: what became of the experiment; nil without one.
    func run(
        _ stack: LocalStack, binaries: [String: String], limit: Duration?, experiment: UpExperiment?,
        watching: (@Sendable () async -> Void)?
    ) async throws -> UpExperiment.Outcome? {
        controller.take(stack)
        self.stack.withLock { $0 = stack }
        let site = ["SITE": settings.environment["SITE"] ?? ""]
        let commands = ChildEnvironment(user: settings.environment, moto: stack.moto).command.merging(site) { $1 }
        await experiments.open(commands)
        let outcome = Locked<UpExperiment.Outcome?>(experiment == nil ? nil : .notEnded)
        try await Inbox.run(onMessage: { [recorder, display] message in
            recorder.take(message)
            display.note("chat: \(message.line)")
        }) { inbox in
            inboxURL.withLock { $0 = inbox.url }
            try take(system.withLock { $0 })
            try await withThrowingTaskGroup(of: Bool.self) { group in
                isRunning.withLock { $0 = true }
                defer { isRunning.withLock { $0 = false } }
                group.addTask {
                    for await _ in self.stops.stream { throw CancellationError() }
                    return false
                }
                group.addTask { try await self.runNotifier(stack, binaries) }
                if binaries[settings.resultWriter] != nil {
                    group.addTask { try await self.runTests(stack, binaries, commands) }
                }
                if binaries["uptime-checker"] != nil {
                    group.addTask { try await self.runChecks(stack, binaries) }
                }
                group.addTask {
                    await self.recorder.silences.run()
                    return false
                }
                group.addTask { await self.provisionAlarms(stack) }
                group.addTask { await self.evaluateAlarms(stack) }
                group.addTask {
                    await stack.events.run { self.note($0) }
                    return false
                }
                if let experiment {
                    group.addTask { try await self.run(experiment, outcome) }
                }
                if let watching {
                    group.addTask {
                        await watching()
                        return false
                    }
                }
                group.addTask {
                    try await self.display.run(stack.reader, limit: limit) { self.took($0) }
                    return true
                }
                recorder.take(phase: nil)
                let end: Result<Void, any Error>
                do {
                    // Only the display's end is that of the session.
                    while let isOver = try await group.next(), !isOver {}
                    end = .success(())
                } catch {
                    end = .failure(error)
                }
                // Rollbacks need the local AWS and the functions.
                await experiments.close()
                recorder.close(at: .now())
                group.cancelAll()
                try end.get()
            }
        }
        return outcome.withLock { $0 }
    }

    /// Records what was read.
    /// - Returns: what is shown of it: not what is no longer watched.
    private func took(_ statuses: [ServiceStatus]) -> [ServiceStatus] {
        recorder.tick(at: .now())
        return settings.hasFolder ? statuses.filter { recorder.isWatched($0.service) } : statuses
    }

    private func runTests(
        _ stack: LocalStack, _ binaries: [String: String], _ commands: [String: String]
    ) async throws -> Bool {
        // Metrics by the second and durations with their fractions: the table shows single tests.
        let variables = ["METRIC_RESOLUTION": "1", "METRIC_UNITS": "correct"]
        try await host(settings.resultWriter, variables, stack, binaries) { function in
            async let _ = stack.resources.poller.run(function) { self.note($0) }
            let runners = TestRunners(
                runner: settings.runner, stack: stack, environment: commands,
                onFailure: { test, output in
                    // The last line of what the command wrote.
                    let cause = SecretMask.masked(command: output)
                    self.recorder.take(cause: cause, of: test)
                    self.note("\(test): \(cause)")
                }, note: { self.note($0) })
            await runners.run(tests.stream)
        }
        return false
    }

    private func runNotifier(_ stack: LocalStack, _ binaries: [String: String]) async throws -> Bool {
        let variables = [
            "NOTIFY_CONFIG": notificationsPath, "NOTIFY_CONFIG_MAX_AGE": "1s", "AWS_LAMBDA_LOG_FORMAT": "Text",
            "NOTIFY_STATE": settings.notifierState, "NOTIFY_WAKE_QUEUE": stack.resources.alarmsPoller.queueURL,
        ]
        // The queue of the last session is gone, and with it what was to wake groups.
        if settings.hasFolder {
            do { try await stack.publishAlarm(subject: "wake", message: Notifier.wakingAllGroups) } catch {
                note("alarms that wait in groups since the last session wait for the next alarm: \(error)")
            }
        }
        // An output that does not answer must not hold back the messages to the others.
        let concurrency = 3
        try await host("notifier", variables, stack, binaries, concurrency: concurrency) { notifier in
            await stack.resources.alarmsPoller.run(notifier, concurrency: concurrency) { self.note($0) }
        }
        return false
    }

    /// Hosts the checker for as long as there is something to check.
    private func runChecks(_ stack: LocalStack, _ binaries: [String: String]) async throws -> Bool {
        var hosting: Task<Void, Never>?
        var timeout = Duration.zero
        func stop() async {
            hosting?.cancel()
            await hosting?.value
            hosting = nil
        }
        for await version in endpoints.stream {
            await checks.replace(version?.entries ?? [])
            let suites = (version?.entries ?? []).filter(\.isSuite)
            let needed = Self.checkerTimeout + (suites.map(\.timeout).max() ?? .zero)
            if version == nil || needed > timeout { await stop() }
            if version != nil, hosting == nil {
                timeout = needed
                hosting = Task {
                    do {
                        try await self.hostChecker(stack, binaries, timeout: needed)
                    } catch {
                        if !Task.isCancelled { self.note("uptime-checker: \(error)") }
                    }
                }
            }
        }
        await stop()
        return false
    }

    private func hostChecker(_ stack: LocalStack, _ binaries: [String: String], timeout: Duration) async throws {
        let variables = [
            "METRIC_RESOLUTION": "1", "UPTIME_CONFIG": endpointsPath, "UPTIME_CONFIG_MAX_AGE": "1ms",
            "UPTIME_TOPIC_ARN": stack.resources.alarmsTopicARN, "AWS_LAMBDA_LOG_FORMAT": "Text",
            "UPTIME_STATE": "file://\(settings.checkerState)", "UPTIME_HEARTBEATS_SINCE": startedAt.iso8601,
        ]
        try await host(
            "uptime-checker", variables, stack, binaries, timeout: timeout, concurrency: Self.checkerConcurrency
        ) { checker in
            controller.take(checker: checker)
            defer { controller.take(checker: nil) }
            await checks.run(checker)
        }
    }

    private func host(
        _ name: String, _ variables: [String: String], _ stack: LocalStack, _ binaries: [String: String],
        timeout: Duration = .seconds(30), concurrency: Int? = nil,
        _ body: @Sendable (LocalFunction) async throws -> Void
    ) async throws {
        let common = ChildEnvironment(user: settings.environment, moto: stack.moto).function()
        let description = FunctionDescription(
            name: name, binary: binaries[name] ?? "", environment: common.merging(variables) { $1 },
            timeout: timeout, maximumConcurrency: concurrency)
        try await LocalFunction.host(
            description,
            log: { [recorder, display] line in
                display.keep(logLine: line)
                recorder.take(logLine: line, of: name)
            }, onExit: { self.note($0) }, onResult: { [recorder] in recorder.take($0, of: name) }
        ) { function in
            stack.events.take(function, named: name)
            defer { stack.events.take(nil, named: name) }
            try await body(function)
        }
    }

    // MARK: Alarms

    private func provisionAlarms(_ stack: LocalStack) async -> Bool {
        await UpAlarms.run(
            environment: stack.moto.environment, topicARN: stack.resources.alarmsTopicARN,
            folder: settings.temporaryFolder, every: Self.alarmInterval,
            rules: { self.system.withLock { $0.alarmRules } }, onRules: { self.recorder.take(rules: $0) },
            note: { self.note($0) })
        return false
    }

    private func evaluateAlarms(_ stack: LocalStack) async -> Bool {
        await stack.alarmEvaluator.run(
            every: Self.alarmInterval, onChange: { self.note($0) }, onFailure: { self.note($0) },
            muteRules: { self.recorder.muteRules(for: $0, at: .now()) }, onRound: { self.recorder.take($0) })
        return false
    }

    // MARK: The experiment of the command line

    /// How long the checks run before the experiment begins, so that they show a healthy system first.
    private static let lead = Duration.seconds(5)

    private func run(_ experiment: UpExperiment, _ outcome: Locked<UpExperiment.Outcome?>) async throws -> Bool {
        try await Task.sleep(for: Self.lead)
        let result = await experiments.run(experiment, id: experiment.title)
        outcome.withLock { $0 = result }
        return false
    }
}
