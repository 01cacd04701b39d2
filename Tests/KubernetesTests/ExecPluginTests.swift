import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import Kubernetes

/// Credentials of programs (`exec` in a kubeconfig).
@Suite struct ExecPluginTests {
    /// A shell script that counts its runs in `runs`, and prints credentials.
    private func plugin(
        _ cluster: TestCluster, status: String, version: String = "client.authentication.k8s.io/v1"
    ) throws -> String {
        let path = try cluster.write(
            "plugin.sh",
            """
            #!/bin/sh
            echo run >> "$RUNS"
            printf %s "$KUBERNETES_EXEC_INFO" > "$RUNS.info"
            cat <<END
            {"kind": "ExecCredential", "apiVersion": "\(version)", "status": \(status)}
            END
            """)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return """
            exec: {apiVersion: \(version), command: ./plugin.sh, interactiveMode: IfAvailable, provideClusterInfo: true,
                  env: [{name: RUNS, value: "\(cluster.folder.path)/runs"}]}
            """.replacingOccurrences(of: "\n", with: " ")
    }

    private func runs(_ cluster: TestCluster) throws -> Int {
        String(decoding: try contents(ofFile: cluster.folder.path + "/runs", limit: 10_000), as: UTF8.self)
            .split(separator: "\n").count
    }

    private func client(_ user: String, _ cluster: TestCluster, time: TimeSource? = nil) throws -> KubernetesClient {
        let path = ["PATH": "/usr/bin:/bin"]
        return KubernetesClient(
            try cluster.configuration(user, time: time, variables: path), loop: cluster.loop, time: time)
    }

    @Test("a plugin runs once until its credentials expire, and is told about the cluster")
    func expiry() async throws {
        try await TestCluster.run { cluster in
            let clock = TestClock(try #require(Timestamp(iso8601: "2026-01-01T12:00:00Z")))
            let user = try plugin(
                cluster, status: #"{"token": "good", "expirationTimestamp": "2026-01-01T12:10:00Z"}"#)
            let client = try client(user, cluster, time: clock.source(realSleep: Self.sleep))
            for (advance, count) in [(Duration.zero, 1), (.seconds(599), 1), (.seconds(1), 2)] {
                clock.advance(advance)
                _ = try await client.list(.pods, until: clock.now + .seconds(30))
                #expect(try runs(cluster) == count, "after \(advance.text)")
            }
            let text = try contents(ofFile: cluster.folder.path + "/runs.info", limit: 100_000)
            let info = try JSONValue(parsing: text)
            #expect(info["kind"] == "ExecCredential")
            #expect(info["apiVersion"] == "client.authentication.k8s.io/v1")
            #expect(info["spec"]?["interactive"] == false)
            #expect(info["spec"]?["cluster"]?["server"] == .string(cluster.address))
            let authority = try contents(ofFile: cluster.folder.path + "/authority.pem", limit: 10_000)
            #expect(info["spec"]?["cluster"]?["certificate-authority-data"] == .string(Base64.encode(authority)))
        }
    }

    @Test("a plugin runs again when the server refuses its token, once for each call")
    func refusedToken() async throws {
        try await TestCluster.run { cluster in
            let user = try plugin(
                cluster, status: #"{"token": "good"}"#, version: "client.authentication.k8s.io/v1beta1")
            let client = try client(user, cluster)
            _ = try await client.list(.pods, until: .soon)
            try cluster.server.script(["faults": [["method": "GET", "status": 401]]])
            _ = try await client.list(.pods, until: .soon)
            #expect(try runs(cluster) == 2)
            try cluster.server.script(["tokens": ["other": "ann"]])
            let error = await #expect(throws: KubernetesError.self) { try await client.list(.pods, until: .soon) }
            #expect(error?.code == .unauthorized)
            #expect(error?.message.contains("/plugin.sh for user u") == true, "\(error?.message ?? "")")
            #expect(try runs(cluster) == 3)
        }
    }

    @Test(
        "a token or password beside a plugin is used, and the plugin does not run, as with kubectl",
        arguments: ["token: good", "tokenFile: token", "username: ann, password: pw"])
    func staticCredentialsFirst(credentials: String) async throws {
        try await TestCluster.run { cluster in
            try cluster.server.script(["tokens": ["good": "ann", "basic:pw": "ann"]])
            try cluster.write("token", "good")
            let user = try plugin(cluster, status: #"{"token": "bad"}"#) + ", " + credentials
            _ = try await client(user, cluster).list(.pods, until: .soon)
            #expect(!FileManager.default.fileExists(atPath: cluster.folder.path + "/runs"))
        }
    }

    @Test("a plugin that hangs is named when the deadline comes")
    func hangs() async throws {
        try await TestCluster.run { cluster in
            let path = try cluster.write("plugin.sh", "#!/bin/sh\necho $$ > \"${0%/*}/pid\"\nexec tail -f /dev/null\n")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            let configuration = try cluster.configuration(
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, interactiveMode: Never}")
            let error = await #expect(throws: KubernetesError.self) {
                try await configuration.authentication.credentials(.now() + .seconds(1))
            }
            #expect(error?.message.contains("plugin.sh") == true, "\(error?.message ?? "")")
            // It is ended after the error, and only this loop takes note of that.
            let text = String(decoding: try contents(ofFile: cluster.folder.path + "/pid", limit: 100), as: UTF8.self)
            let process = try #require(pid_t(text.trimmingWhitespace))
            while kill(process, 0) == 0 { try await cluster.loop.sleep(for: .milliseconds(10)) }
        }
    }

    @Test("a plugin may give a client certificate")
    func certificate() async throws {
        try await TestCluster.run { cluster in
            func text(_ name: String) throws -> String {
                let bytes = try contents(ofFile: cluster.folder.path + "/" + name, limit: 10_000)
                return JSONValue.string(String(decoding: bytes, as: UTF8.self)).description
            }
            // A shell's here-document undoes one backslash.
            let status =
                #"{"clientCertificateData": \#(try text("ann.crt")), "clientKeyData": \#(try text("ann.key"))}"#
            let user = try plugin(cluster, status: status.replacingOccurrences(of: "\\", with: "\\\\"))
            _ = try await client(user, cluster).list(.pods, until: .soon)
            #expect(try cluster.requests().last?["user"] == "ann")
        }
    }

    @Test(
        "a plugin that fails is told with its own words; what it printed for us is not",
        arguments: [
            ("exit 1", "ended with 1: no session"),
            ("kill -9 $$", "was ended by signal 9: no session"),
            ("printf s3cret", "did not print an ExecCredential"),
            (#"echo '{"kind":"ExecCredential","apiVersion":"x","status":{"token":"s3cret"}}'"#, "answered in x"),
            (credential("{}"), "neither a token nor"),
            (credential(#"{"token":"s3cret","expirationTimestamp":"soon"}"#), "no RFC 3339 time"),
            (credential(#"{"clientKeyData":"s3cret"}"#), "without its key, or the other way round"),
            ("", "gave nothing: cannot run "),
        ])
    func failures(script: String, reason: String) async throws {
        try await TestCluster.run { cluster in
            let path = try cluster.write("plugin.sh", "#!/bin/sh\necho no session >&2\n\(script)\n")
            if !script.isEmpty {
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            }
            let user = """
                exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, interactiveMode: Never, \
                installHint: get it at plugins.test}
                """
            let configuration = try cluster.configuration(user)
            let error = await #expect(throws: KubernetesError.self) {
                try await configuration.authentication.credentials(.soon)
            }
            #expect(error?.code == .credentialsFailed)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("get it at plugins.test") == script.isEmpty)
            #expect(error?.message.contains("s3cret") == false)
        }
    }

    /// The deadlines of credentials are not reached: they are for a fetch that hangs.
    @Sendable private static func sleep(_ duration: Duration) async throws { try await Task.sleep(for: duration) }

    private static func credential(_ status: String) -> String {
        #"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":\#(status)}'"#
    }
}
