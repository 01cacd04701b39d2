import Basics
import JSON
import TestSupport
import Testing

@testable import Kubernetes

/// Commands in pods, over a WebSocket.
@Suite struct ExecTests {
    @Test("both streams and the exit code come back, from servers of either version")
    func streams() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let client = try cluster.client()
            for (version, code) in [("v5", 0), ("v5", 137), ("v4", 0), ("v4", 7)] as [(String, Int32)] {
                try cluster.server.script(["subprotocols": [.string("\(version).channel.k8s.io")]])
                let result = try await client.exec(
                    ["sh", "-c", "echo out 'a  b'; echo err >&2; exit \(code)"], in: "a",
                    options: PodExecOptions(container: "main"), until: .soon)
                #expect(result.exitCode == code)
                #expect(String(decoding: result.output, as: UTF8.self) == "out a  b\n")
                #expect(String(decoding: result.errors, as: UTF8.self) == "err\n")
                #expect(!result.isCutOff)
            }
            let target = try #require(try cluster.targets().last)
            #expect(target.hasPrefix("GET /api/v1/namespaces/shop/pods/a/exec?command=sh&command=-c&command="))
            #expect(target.hasSuffix("&container=main&stdout=true&stderr=true"))
        }
    }

    @Test("input of any length reaches the command with its end")
    func input() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let client = try cluster.client()
            for size in [0, 1, 16_000, 16_001, 100_000] {
                let input = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                let result = try await client.exec(
                    ["cat"], in: "a", options: PodExecOptions(input: input), until: .soon)
                let isEcho = result.output == input  // not the bytes, whose difference would take long to print
                #expect(isEcho, "\(size) bytes")
                #expect(result.exitCode == 0)
            }
        }
    }

    @Test("input is not given to a server that cannot end it")
    func inputOverVersion4() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            try cluster.server.script(["subprotocols": ["v4.channel.k8s.io"]])
            let client = try cluster.client()
            let error = await #expect(throws: KubernetesError.self) {
                try await client.exec(["cat"], in: "a", options: PodExecOptions(input: [1]), until: .soon)
            }
            #expect(error?.message.contains("unable to negotiate protocol") == true, "\(error?.message ?? "")")
        }
    }

    @Test("output above the limit is cut, and the command runs to its end")
    func limit() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            for (bytes, isCutOff) in [(5, true), (6, false)] {
                let result = try await cluster.client().exec(
                    ["sh", "-c", "printf 123456; exit 3"], in: "a", options: PodExecOptions(maximumOutput: bytes),
                    until: .soon)
                #expect(result.output == Array("123456".utf8.prefix(bytes)))
                #expect(result.isCutOff == isCutOff)
                #expect(result.exitCode == 3)
            }
        }
    }

    @Test("a terminal's size is sent before anything else")
    func terminal() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let options = PodExecOptions(terminal: .init(columns: 80, rows: 24))
            _ = try await cluster.client().exec(["true"], in: "a", options: options, until: .soon)
            #expect(try cluster.targets().last?.hasSuffix("stdout=true&tty=true") == true)
        }
    }

    @Test("what the server refuses is an error with its reason, and is not tried again")
    func refusals() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let client = try cluster.client()
            let absent = await #expect(throws: KubernetesError.self) {
                try await client.exec(["true"], in: "b", until: .soon)
            }
            #expect(absent?.code == .notFound)
            #expect(absent?.description == "exec in pods/b in namespace shop: not found (404): pods \"b\" not found")
            let container = await #expect(throws: KubernetesError.self) {
                try await client.exec(["true"], in: "a", options: PodExecOptions(container: "x"), until: .soon)
            }
            #expect(container?.code == .invalid)
            try cluster.server.script([
                "faults": [["status": 500, "body": ["kind": "Status", "message": "no runtime"]]]
            ])
            let failed = await #expect(throws: KubernetesError.self) {
                try await client.exec(["true"], in: "a", until: .soon)
            }
            #expect(failed?.code == .serverFailed)
            #expect(try cluster.requests().count == 3)
        }
    }

    @Test("a connection that dies before the command's end is told is an error, never success", arguments: [1, 8])
    func diesInTheMiddle(sentBytes: Int) async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            try cluster.server.script(["cut_exec": JSONValue(sentBytes)])
            let error = await #expect(throws: KubernetesError.self) {
                try await cluster.client().exec(["echo", "all is well"], in: "a", until: .soon)
            }
            #expect(error?.code == .transport)
            #expect(error?.message.contains("may still run in the pod") == true, "\(error?.message ?? "")")
            #expect(try cluster.requests().count == 1)
        }
    }

    @Test("a command that outlasts the deadline is told to go on perhaps")
    func deadline() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let client = try cluster.client()
            let error = await #expect(throws: KubernetesError.self) {
                try await client.exec(["tail", "-f", "/dev/null"], in: "a", until: .now() + .milliseconds(400))
            }
            #expect(error?.code == .timedOut)
        }
    }
}
