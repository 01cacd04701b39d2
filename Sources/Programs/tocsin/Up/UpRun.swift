import ArgumentParser
import Basics
import Console
import LocalCloud
import LocalHistory
import TextTables
import Transport

/// What `tocsin up` is made of on this machine.
struct UpParts: Sendable {
    /// Path of `moto_server`.
    let server: String
    /// Path of `sla-runner`.
    let runner: String
    let artifacts: Artifacts
    let loop: EventLoop
}

/// One run of `tocsin up`, from the page's start to the summary.
struct UpRun: Sendable {
    let options: UpCommand
    let source: UpSource
    let parts: UpParts
    /// The user's variables, with `SITE`.
    let environment: [String: String]
    /// An empty folder for the files of the functions.
    let temporaryFolder: String

    /// Runs until the limit or a signal.
    /// - Throws: the exit status.
    func run(_ version: UpFolder.Version, experiment: UpExperiment?) async throws {
        let system = try version.system.get()
        let display = LiveTable(tests: system.tests.map(\.service), environment: environment)
        let place = try historyFolder()
        let database = await HistoryDatabase.open(
            (place ?? temporaryFolder) + "/history.sqlite", limits: HistoryLimits(system.history)
        ) { display.note($0) }
        let state = try notifierState(place)
        let silences = Silences(folder: state) { display.note($0) }
        let recorder = await UpRecorder(
            database: database, silences: silences, folder: source.folder, startedAt: .now())
        // Two sessions with one state would share the messages between them.
        let checkerState = (database.isKept ? place : nil) ?? temporaryFolder
        let session = UpSession(
            system,
            settings: .init(
                runner: parts.runner, resultWriter: options.function, environment: environment,
                temporaryFolder: temporaryFolder, notifierState: state, hasFolder: source.folder != nil,
                checkerState: checkerState + "/endpoints"),
            recorder: recorder, display: display, loop: parts.loop)
        recorder.take(system)
        recorder.take(phase: "The local AWS is starting; first results come in a few seconds.")
        let end = await result { try await run(session, database, version, system, experiment) }
        try conclude(end, display, await session.experiments.outcomes, id: experiment?.title)
    }

    /// The exit status, after the summary and what was wrong.
    /// - Parameters:
    ///   - outcomes: of the session's experiments.
    ///   - id: that of the command line's.
    private func conclude(
        _ end: Result<UpExperiment.Outcome?, any Error>, _ display: LiveTable,
        _ outcomes: [String: UpExperiment.Outcome], id: String?
    ) throws {
        // A terminal's notes go with the table.
        for (other, outcome) in outcomes.sorted(by: { $0.key < $1.key })
        where other != id && !outcome.brokenRollbacks.isEmpty {
            printError("\(other): \(outcome.text)")
        }
        var outcome: UpExperiment.Outcome?
        var isStopped = false
        do {
            outcome = try end.get()
        } catch is CancellationError {
            isStopped = true  // Ctrl-C is the usual end, and no failure however early it comes.
            outcome = id.map { outcomes[$0] ?? .notEnded }
        } catch {
            if let outcome = id.flatMap({ outcomes[$0] }), !outcome.brokenRollbacks.isEmpty { printError(outcome.text) }
            throw error
        }
        do {
            try display.showSummary()
        } catch {
            printError("Error: The results cannot be written: \(error)")
            throw ExitCode.failure
        }
        if let missing = display.missing { printError(missing) }
        if display.isEmpty {
            printError("Nothing has arrived." + display.lastLog)
            if !isStopped { throw ExitCode.failure }
        }
        switch outcome?.verdict {
        case .failed, .deviated:
            printError(outcome?.text ?? "")
            throw ExitCode.failure
        case .interrupted:
            let texts = [UpExperiment.Outcome.notEnded.text, outcome?.rollbackText ?? ""]
            printError(texts.filter { !$0.isEmpty }.joined(separator: " "))
            if !isStopped { throw ExitCode.failure }
        case .passed, nil: break
        }
    }

    // MARK: From the outside to the inside

    private func run(
        _ session: UpSession, _ database: HistoryDatabase, _ version: UpFolder.Version, _ system: UpSystem,
        _ experiment: UpExperiment?
    ) async throws -> UpExperiment.Outcome? {
        // The whole must not be cancelled: an experiment's rollbacks need the local AWS, and the history takes them.
        try await withStopSignals(endedBy: session.stop) {
            try await withThrowingTaskGroup(of: UpExperiment.Outcome?.self) { group in
                group.addTask {
                    await database.run()
                    return nil
                }
                let outcome = await result {
                    try await withConsole(session, system) {
                        try await withPushes(session, system) {
                            try await runSystem(session, version, system, experiment)
                        }
                    }
                }
                group.cancelAll()
                _ = try? await group.waitForAll()
                // A signal before the session runs has cancelled the writer first, and the rest was recorded after it.
                await database.flush()
                return try outcome.get()
            }
        }
    }

    private func withConsole<Result: Sendable>(
        _ session: UpSession, _ system: UpSystem, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        if options.noConsole { return try await body() }
        let port = options.port ?? system.port ?? 0
        return try await ConsoleServer.run(
            port: port, snapshot: { session.recorder.snapshot(at: .now()) }, actions: session.controller
        ) { console in
            printError("The console is at \(console.url)")
            return try await body()
        }
    }

    /// Takes results that are pushed; a folder may get its first external endpoint later.
    private func withPushes<Result: Sendable>(
        _ session: UpSession, _ system: UpSystem, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        if source.folder == nil, system.external.isEmpty { return try await body() }
        return try await PushServer.run(
            at: system.pushes, invoke: session.controller.push, onPush: { session.take($0) }
        ) { server in
            session.takesPushes(at: server.url)
            if !system.pushes.isLoopback {
                printError(
                    "Warning: other machines can push results, too; only the tokens guard that, which travel in plain "
                        + "text")
            }
            return try await body()
        }
    }

    private func runSystem(
        _ session: UpSession, _ version: UpFolder.Version, _ system: UpSystem, _ experiment: UpExperiment?
    ) async throws -> UpExperiment.Outcome? {
        let functions = UpSession.functions(
            for: system, hasFolder: source.folder != nil, resultWriter: options.function)
        return try await parts.artifacts.withFunctions(functions) { binaries in
            try await LocalStack.run(
                server: parts.server, temporaryFolder: session.settings.temporaryFolder,
                progress: { printError($0) }, onResults: { session.recorder.take($0) }
            ) { stack in
                tellWhatRuns(system, hasExperiment: experiment != nil)
                return try await session.run(
                    stack, binaries: binaries, limit: options.limit?.duration, experiment: experiment,
                    watching: watching(version, session))
            }
        }
    }

    private func tellWhatRuns(_ system: UpSystem, hasExperiment: Bool) {
        let tests = system.tests.map(\.service)
        let names = tests.count > 5 ? counted(tests.count, "test") : tests.joined(separator: ", ")
        let what = [names, system.checks == nil ? "" : "endpoints"].filter { !$0.isEmpty }
        printError("Testing \(what.joined(separator: " and ")); Ctrl-C ends it")
        if source.folder != nil, let site = environment["SITE"] { printError("$SITE in your files is \(site)") }
        if source.isExample, hasExperiment {
            printError("payments fails on purpose, for five of every fifteen seconds")
        } else if source.isExample {
            printError("payments and shop/checkout fail on purpose, for five of every fifteen seconds")
        } else if source.folder == nil, system.tests.isEmpty {
            printError("No test runs; --command name=command adds one")
        }
    }

    // MARK: The folder

    /// What brings new versions of the folder into the session; nil without a folder.
    private func watching(_ version: UpFolder.Version, _ session: UpSession) -> (@Sendable () async -> Void)? {
        guard let path = source.folder else { return nil }
        let folder = UpFolder(path: path, environment: environment, loop: parts.loop)
        // Told once, while it is tried again and again.
        let obstacle = Locked<String?>(nil)
        return {
            await FolderWatch(read: folder.read).run(after: version) { version in
                switch version.system {
                case .success(let system):
                    let failure = Self.failure { try session.take(system) }
                    let isNews = obstacle.withLock { old in
                        defer { old = failure }
                        return old != failure || failure == nil
                    }
                    if isNews { session.note(Self.text(of: failure, path)) }
                    return failure == nil
                case .failure(let faults):
                    session.recorder.take(faults)
                    session.note("The files in \(path) have faults; what was in force stays so:")
                    for line in faults.lines { session.note(line) }
                    return true
                }
            }
        }
    }

    private static func failure(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return "\(error)" }
        return nil
    }

    /// What is told of a version without faults.
    private static func text(of failure: String?, _ path: String) -> String {
        failure.map { "The files in \(path) have changed and cannot be taken over, which is tried again: \($0)" }
            ?? "The files in \(path) have changed and are in force"
    }

    /// Where the notifier keeps silences and groups.
    /// - Parameter place: that of the history.
    private func notifierState(_ place: String?) throws -> String {
        if let folder = source.folder, place != nil {
            let kept = UpState.folder(in: folder)
            do throws(SystemError) {
                try makeFolder(kept)
                return kept
            } catch { printError("Warning: \(kept) cannot be written (\(error)), so silences end with this run") }
        }
        let temporary = "\(temporaryFolder)/notifier"
        try makeFolder(temporary)
        return temporary
    }

    /// Where history is kept: beside the user's files, for nobody's repository; nil for the time of this run alone.
    private func historyFolder() throws -> String? {
        guard let folder = source.folder else { return nil }
        let place = "\(folder)/.tocsin"
        do throws(SystemError) {
            try makeFolder(place)
            try replaceFile("\(place)/.gitignore", with: Array("*\n".utf8), draft: "\(place)/.gitignore.new")
            return place
        } catch {
            printError("Warning: \(place) cannot be written (\(error)), so history ends with this run")
            return nil
        }
    }
}

extension HistoryLimits {
    fileprivate init(_ limits: UpSystem.HistoryLimits) {
        self.init(age: .seconds(limits.days * 86_400), bytes: limits.size)
    }
}

/// The result of a body, so that something can be done before its error is thrown.
private func result<Success: Sendable>(
    _ body: () async throws -> Success
) async -> Result<Success, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
}
