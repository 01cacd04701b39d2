import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import Experiments

@Suite struct VariablesTests {
    @Test("all faults of a configuration are told at once, each with its place and without values")
    func allFaults() {
        let resolved = ExperimentVariables.configuration(
            of: [
                "port": ["type": "env", "key": "PORT", "env_var_type": "int"], "gone": ["type": "env", "key": "GONE"],
                "wrong": ["type": "env", "key": "PORT", "env_var_type": "integr"], "none": ["type": "env"], "good": 1,
            ], environment: ["PORT": "s3cret"])
        #expect(
            resolved.faults.map(\.path) == [
                "configuration.port", "configuration.gone", "configuration.wrong", "configuration.none.key",
            ])
        #expect(resolved.values == ["good": 1])
        let error = #expect(throws: ExperimentError.self) { try resolved.get() }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("s3cret") == false)
        #expect(error?.message.contains("did you mean integer?") == true)
    }

    @Test("an override of a key that the experiment does not have is warned about, with the key that was meant")
    func uselessOverride() throws {
        let overrides = try VariableOverrides(variables: ["prt:int=3"])
        let resolved = ExperimentVariables.configuration(of: ["port": 1], environment: [:], overrides: overrides)
        #expect(resolved.values == ["port": 1])
        #expect(resolved.warnings.map(\.path) == ["configuration.prt"])
        #expect(resolved.warnings.first?.message.hasSuffix("did you mean port?") == true)
    }

    @Test("of several files the last wins, --var wins over all, and .env files set variables")
    func overrideFiles() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let files = [
                ("a.yaml", "configuration:\n  port: 017\n  host: a\nsecrets:\n  k8s: {token: one}\n"),
                ("b.json", #"{"configuration": {"host": "b"}, "secrets": {"k8s": {"token": "two"}}}"#),
                ("c.env", "# comment\n\nNAME=a=b\n  OTHER = x\n"), ("empty.yaml", "# nothing\n"),
            ].map { name, text in (folder.appending(path: name), text) }
            for (url, text) in files { try Data(text.utf8).write(to: url) }
            let overrides = try VariableOverrides(variables: ["port:int=1", "port:int=2"], files: files.map(\.0.path))
            #expect(overrides.configuration == ["port": 2, "host": "b"])
            #expect(overrides.secrets == ["k8s": ["token": "two"]])
            #expect(overrides.environment == ["NAME": "a=b", "OTHER ": " x"])
        }
    }

    @Test("faulty overrides are all told, and none of their values")
    func faultyOverrides() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let files = [
                ("a.yaml", "a: [s3cret"), ("b.json", "[1]"), ("c.env", "s3cret"), ("d.yml", "secrets: [s3cret]"),
            ]
            .map { name, text in (folder.appending(path: name), text) }
            for (url, text) in files { try Data(text.utf8).write(to: url) }
            let paths = files.map(\.0.path) + ["/nowhere.env"]
            let error = #expect(throws: ExperimentError.self) {
                try VariableOverrides(variables: ["k:int=s3cret", "k:s3cret"], files: paths)
            }
            #expect(error?.message.split(separator: "\n").count == 7)
            #expect(error?.message.contains("s3cret") == false)
        }
    }

    @Test("a stop request in a dynamic probe is not taken for a failure of the probe")
    func interruption() async throws {
        let configuration: JSONObject = ["a": ["type": "probe", "provider": ["type": "python"]]]
        let error = await #expect(throws: ExperimentError.self) {
            try await ExperimentVariables.dynamicConfiguration(configuration, secretScopes: []) { _, _ in
                throw ExperimentError(.interrupted, "stop")
            }
        }
        #expect(error?.code == .interrupted)
        let failed = try await ExperimentVariables.dynamicConfiguration(configuration, secretScopes: []) { _, _ in
            throw ExperimentError(.unforeseen, "broken")
        }
        #expect(failed.values.isEmpty)
        #expect(failed.warnings.map(\.path) == ["configuration.a"])
    }

    @Test("a dynamic probe gets the scopes of the secrets, never their values")
    func probeSecrets() async throws {
        let configuration: JSONObject = ["a": ["type": "probe", "provider": ["type": "python"]]]
        let resolved = try await ExperimentVariables.dynamicConfiguration(configuration, secretScopes: ["k8s"]) {
            probe, _ in
            probe["provider"]?["secrets"] ?? .null
        }
        #expect(resolved.values == ["a": ["k8s"]])
    }

    @Test("a configuration is recorded without what opens Vault")
    func recordable() {
        let configuration: JSONObject = [
            "vault_token": "t", "vault_role_secret": "s", "vault_addr": "http://v", "a": 1,
        ]
        #expect(ExperimentVariables.recordable(configuration) == ["vault_addr": "http://v", "a": 1])
    }
}

@Suite struct ExperimentSettingsTests {
    @Test("a settings file is read, and one that does not exist has no settings")
    func reading() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "settings.yaml")
            #expect(try ExperimentSettings(file: file.path).document.isEmpty)
            let text = """
                notifications:
                - {type: http, url: "https://example.com/${HOME}", events: [run-failed]}
                controls:
                  tracing: {provider: {type: python, module: chaostracing}}
                runtime: {rollbacks: {strategy: always}}
                auths:
                  example.com:8443: {type: bearer, value: abc}
                """
            try Data(text.utf8).write(to: file)
            let settings = try ExperimentSettings(file: file.path)
            #expect(settings.notifications.first?["url"] == "https://example.com/${HOME}")
            #expect(settings.controls.map(\.name) == ["tracing"])
            #expect(settings.authorization(for: "example.com:8443") == "bearer abc")
            #expect(settings.authorization(for: "example.com") == nil)
            #expect(settings.strategies(document: [:]).rollbacks == "always")
            try Data("a: [".utf8).write(to: file)
            #expect(throws: ExperimentError.self) { try ExperimentSettings(file: file.path) }
        }
    }

    @Test(
        "a runtime in the document replaces both strategies, and the command line wins",
        arguments: [
            ([:], nil, "always"), (["runtime": ["hypothesis": ["strategy": "skip"]]], nil, "default"),
            (["runtime": [:]], nil, "always"), (["runtime": ["rollbacks": ["strategy": "never"]]], nil, "never"),
            (["runtime": ["rollbacks": ["strategy": "never"]]], "deviated", "deviated"),
        ] as [(JSONObject, String?, String)])
    func strategies(document: JSONObject, option: String?, expected: String) {
        let settings = ExperimentSettings(document: ["runtime": ["rollbacks": ["strategy": "always"]]])
        #expect(settings.strategies(document: document, rollbacks: option).rollbacks == expected)
    }
}
