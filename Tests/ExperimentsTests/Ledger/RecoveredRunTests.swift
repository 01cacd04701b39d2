import Basics
import DurableExecution
import Foundation
import JSON
import StateStore
import TestSupport
import Testing
import Transport

@testable import Experiments

/// Runs and recoveries with what they leave in the ledger.
@Suite(.timeLimit(.minutes(2))) struct RecoveredRunTests {
    private static let loop = Result { try EventLoop.onOwnThread() }

    private func providers(_ machines: Machines) throws -> Providers {
        let loop = try Self.loop.get()
        return Providers(
            loop: loop, http: HTTPClient(loop: loop), registry: machines.registry, aws: offlineAWS,
            environment: ProcessInfo.processInfo.environment, time: .live(loop), seed: 1)
    }

    private static func stop(_ more: JSONObject = [:]) -> JSONValue {
        var arguments: JSONObject = ["ids": ["i-1"]]
        for (key, value) in more { arguments[key] = value }
        return [
            "type": "action", "name": "stop",
            "provider": ["type": "python", "module": "test.machines", "func": "stop", "arguments": .object(arguments)],
        ]
    }

    /// Runs an experiment with a ledger.
    private func run(
        _ document: JSONObject, _ machines: Machines, _ store: StateStore, _ substitution: Substitution? = nil,
        options: RunOptions = RunOptions()
    ) async throws -> ExperimentExecution.Result {
        let (experiment, time) = (Experiment(reading: document), TimeSource.live(try Self.loop.get()))
        let plan = ExperimentExecution.Plan(
            run: "r1", experiment: experiment, source: "t", options: options,
            substitution: substitution ?? Substitution(configuration: experiment.configuration, secrets: [:]),
            details: options.details)
        var limits = Restorer.Limits()
        (limits.visibility, limits.settling) = (.zero, .zero)
        let execution = ExperimentExecution(
            plan, providers: try providers(machines), environment: RunEnvironment(node: "n", platform: "p", time: time),
            ledger: Ledger(store: store, time: time), limits: limits)
        return try await withTaskExecutorPreference(try Self.loop.get()) {
            try await execution.run(on: DurableScope(inMemory: time), interruption: Interruption()) { _ in }
        }
    }

    /// Both with the status `failed`: the method has run to its end and half of it.
    @Test("a run that failed for a technical reason puts back what it changed", arguments: [false, true])
    func failedRun(failsFast: Bool) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let machines = try Machines(folder.path, "i-1")
            // It can be executed before the method only.
            let script = "test \"$(cat \(folder.path)/i-1.txt)\" = up || sleep 60"
            let probe: JSONValue = [
                "type": "probe", "name": "p", "tolerance": 0,
                "provider": ["type": "process", "path": "sh", "arguments": ["-c", .string(script)], "timeout": 0.5],
            ]
            let document: JSONObject = [
                "title": "t", "steady-state-hypothesis": ["title": "h", "probes": [probe]], "method": [Self.stop()],
            ]
            var options = RunOptions()
            options.isStrict = failsFast
            let result = try await run(document, machines, .memory(), options: options)
            #expect(result.journal["status"] == "failed")
            #expect(result.entries.map(\.state) == [.restored])
            #expect(machines.state("i-1") == "up")
        }
    }

    @Test("no secret is in the ledger or the record, and the undo gets its value all the same")
    func secrets() async throws {
        try await Workspace.withTemporaryFolder { folder in
            var machines = try Machines(folder.path, "i-1")
            let seen = Locked<[JSONValue?]>([])
            machines.onUndo = { invocation in seen.withLock { $0.append(invocation.arguments["note"]) } }
            let (store, texts) = (StateStore.memory(), Locked<[String]>([]))
            let watched = StateStore(
                read: { try await store.document($0, until: $1) }, readAll: { try await store.documents(until: $0) },
                write: { text, key, condition, expires, deadline in
                    texts.withLock { $0.append(text) }
                    return try await store.write(text, to: key, if: condition, expires: expires, until: deadline)
                }, remove: { try await store.remove($0, if: $1, until: $2) })
            let document: JSONObject = [
                "title": "t", "method": [Self.stop(["note": "use ${password} in $HOME of ${who}"])],
                "configuration": ["vault_token": "t0p-s3cr3t", "who": "ann"],
                "secrets": ["scope": ["password": ["type": "env", "key": "PASSWORD"]]],
            ]
            let values = Substitution(
                configuration: ["vault_token": "t0p-s3cr3t", "who": "ann"],
                secrets: ["scope": ["password": "hunter-2"]])
            var options = RunOptions()
            options.rollbacks = .never
            let result = try await run(document, machines, watched, values, options: options)
            #expect(result.entries.map(\.arguments) == [["ids": ["i-1"]]])
            #expect(result.entries.first?.secretArguments?.names == ["password"])
            let all = texts.withLock { $0 }
            #expect(all.contains { $0.contains("use ${password} in $HOME") })
            for secret in ["hunter-2", "t0p-s3cr3t"] {
                #expect(!all.contains { $0.contains(secret) })
                #expect(!"\(result.entries.map(\.json))".contains(secret))
            }
            let entry = try #require(result.entries.first)
            #expect(LedgerEntry(entry.json) == entry)
            #expect(seen.withLock { $0 }.last == "use hunter-2 in $HOME of ann")
            // Another process, which does not know the secret.
            let without = Substitution(configuration: values.configuration, secrets: [:])
            let providers = try providers(machines)
            #expect {
                try NativeActivity.Invocation(
                    undoing: entry, of: Experiment(reading: document), without, providers, deadline: farFuture)
            } throws: { "\($0)".contains("the secret password is not known here") }
        }
    }

    @Test("what opens Vault is left out of records where it stands in the document, and found again where it is named")
    func vaultToken() async throws {
        let named: JSONObject = ["configuration": ["vault_token": ["type": "env", "key": "TOKEN"], "a": 1]]
        let inline: JSONObject = ["configuration": ["vault_token": "t0p-s3cr3t", "a": 1]]
        #expect(Experiment(reading: named).withoutSecretValues["configuration"] == named["configuration"])
        #expect(Experiment(reading: inline).withoutSecretValues["configuration"] == ["a": 1])
        var record = RunRecord(
            run: "r1", title: "t", source: "s", started: .now(), configuration: ["a": 1], document: named)
        record.region = "eu-central-1"
        let resolution = VariableResolution(environment: ["TOKEN": "abc", "AWS_REGION": "us-east-1"])
        let values = try await resolution.values(recovering: record)
        #expect(values.configuration == ["a": 1, "vault_token": "abc", "aws_region": "eu-central-1"])
    }

    @Test("a warning about a probe of the configuration, and a refusal, hide secrets")
    func maskedMessages() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let machines = try Machines(folder.path)
            let probe: JSONValue = [
                "type": "probe", "name": "p",
                "provider": ["type": "http", "url": "http://127.0.0.1:9/?key=${token}", "timeout": 1],
            ]
            let experiment = Experiment(reading: [
                "configuration": ["found": probe], "secrets": ["scope": ["token": ["type": "env", "key": "TOKEN"]]],
            ])
            let events = Locked<[String]>([])
            let (loop, providers) = (try Self.loop.get(), try providers(machines))
            _ = try await withTaskExecutorPreference(loop) {
                try await VariableResolution(environment: ["TOKEN": "hunter-2"]).values(
                    for: experiment, providers, on: DurableScope(inMemory: .live(loop))
                ) { event in events.withLock { $0 += event.messages.map(\.text) } }
            }
            let told = events.withLock { $0 }
            #expect(told.contains { $0.contains("configuration.found") })
            #expect(!told.contains { $0.contains("hunter-2") }, "\(told)")
        }
    }

    @Test(
        "a recovery judges rollbacks by their status, too",
        arguments: [
            ("process", 0, true), ("process", 1, false), ("http", 399, true), ("http", 400, false), ("python", 1, true),
        ])
    func judged(type: String, status: Int, worked: Bool) {
        let rollback = Activity(declaration: ["name": "back", "provider": ["type": .string(type)]])
        let record: JSONValue = [
            "activity": .object(rollback.declaration), "status": "succeeded", "output": ["status": JSONValue(status)],
        ]
        #expect((PlayedRollback.all([rollback], in: [record]).first?.failure == nil) == worked)
        #expect(PlayedRollback.all([rollback], in: []).first?.failure == "failed: it was not played")
    }
}
