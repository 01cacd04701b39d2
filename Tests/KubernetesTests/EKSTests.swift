import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import Kubernetes

/// Clusters of EKS: their address, and tokens that AWS's own tools would make.
@Suite struct EKSTests {
    private func aws(
        _ variables: [String: String], _ loop: EventLoop, time: TimeSource
    ) throws -> AWSConfiguration {
        try AWSConfiguration(
            environment: variables, http: HTTPClient(loop: loop), time: time, executor: loop)
    }

    private static let keys = [
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    ]

    /// What the AWS CLI's `eks get-token` does, in botocore.
    private static let oracle = """
        import base64, sys
        import botocore.session
        client = botocore.session.get_session().create_client("sts", region_name=sys.argv[2])
        name = sys.argv[1]
        client.meta.events.register("before-sign.sts.GetCallerIdentity",
            lambda request, **_: request.headers.__setitem__("x-k8s-aws-id", name))
        url = client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
        print("k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("="))
        """

    @Test(
        "a token is the one that botocore makes for the same second",
        .enabled(if: Workspace.hasPython, "run ./build.sh setup"),
        arguments: [
            (["AWS_REGION": "eu-central-1"], "eu-central-1"),
            (["AWS_REGION": "cn-north-1", "AWS_SESSION_TOKEN": "FwoG+/="], "cn-north-1"),
        ])
    func token(variables: [String: String], region: String) async throws {
        let variables = Self.keys.merging(variables) { $1 }
        let result = try Command.run(Workspace.python, ["-c", Self.oracle, "shop-1", region], environment: variables)
        let theirs = result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        try #require(theirs.hasPrefix("k8s-aws-v1."), "\(result.errors)")
        try await expectSame(theirs, variables)
    }

    /// Expects our token of the second in which another one was made to be the same.
    private func expectSame(_ theirs: String, _ variables: [String: String]) async throws {
        let base64 = theirs.dropFirst(11).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        let padded = String(base64) + String(repeating: "=", count: (4 - base64.count % 4) % 4)
        let url = String(decoding: try #require(Base64.decode(padded)), as: UTF8.self)
        let date = try #require(url.components(separatedBy: "X-Amz-Date=").last?.prefix(16))
        let clock = TestClock(try #require(Timestamp(iso8601: String(date))))
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let tokens = EKSTokens(clusterID: "shop-1", aws: try aws(variables, loop, time: clock.source))
        let (credentials, renewal) = try await tokens.next()
        #expect(credentials.authorization == "Bearer " + theirs)
        #expect(renewal == clock.now + .seconds(14 * 60))
    }

    /// The AWS CLI of this machine.
    private static let cli = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":")
        .map { "\($0)/aws" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(
        "the AWS CLI works as an exec plugin, and its token is ours of the same second",
        .enabled(if: cli != nil, "no AWS CLI"))
    func tokenOfTheCLI() async throws {
        let variables = Self.keys.merging(["AWS_STS_REGIONAL_ENDPOINTS": "regional"]) { $1 }
        try await TestCluster.run { cluster in
            // As `aws eks update-kubeconfig` writes it.
            let user = """
                exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: "\(try #require(Self.cli))",
                args: [--region, eu-central-1, eks, get-token, --cluster-name, shop-1, --output, json]}
                """
            let own = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME"].contains($0.key) }
            let configuration = try cluster.configuration(
                user.split(separator: "\n").joined(separator: " "), variables: own.merging(variables) { $1 })
            let credentials = try await configuration.authentication.credentials(.soon)
            try await expectSame(String(try #require(credentials.authorization).dropFirst(7)), variables)
        }
    }

    @Test("a cluster is found by its name, and its tokens are renewed a minute before they end")
    func cluster() async throws {
        try await TestCluster.run { cluster in
            let authority = Base64.encode(try contents(ofFile: try TestCluster.authority(), limit: 10_000))
            let description: JSONValue = [
                "cluster": [
                    "name": "shop-1", "endpoint": .string(cluster.address), "status": "ACTIVE",
                    "certificateAuthority": ["data": .string(authority)],
                ]
            ]
            let eks = try ScriptedServer { request in
                request.target == "/clusters/shop-1"
                    ? .http(200, body: description.description)
                    : .http(
                        404, headers: [("X-Amzn-ErrorType", "ResourceNotFoundException")],
                        body: #"{"message": "No cluster found"}"#)
            }
            let variables = Self.keys.merging(["AWS_ENDPOINT_URL_EKS": "http://127.0.0.1:\(eks.port)"]) { $1 }
            let clock = TestClock(.now())
            let aws = try aws(variables, cluster.loop, time: clock.source { try await Task.sleep(for: $0) })
            let found = try await KubernetesConfiguration.eks(
                cluster: "shop-1", aws: aws, environment: Environment([:]), executor: cluster.loop,
                until: clock.now + .seconds(30))
            let client = KubernetesClient(found, loop: cluster.loop, time: aws.time)
            var tokens: [String] = []
            for advance in [Duration.zero, .seconds(839), .seconds(1)] {
                clock.advance(advance)
                let token = try await found.authentication.credentials(clock.now + .seconds(5)).authorization ?? ""
                tokens.append(token)
                try cluster.server.script(["tokens": [String(token.dropFirst(7)): "ann"]])
                _ = try await client.list(.pods, in: "default", until: clock.now + .seconds(30))
            }
            #expect(tokens[0] == tokens[1])
            #expect(tokens[1] != tokens[2])
            let error = await #expect(throws: KubernetesError.self) {
                try await KubernetesConfiguration.eks(
                    cluster: "other", aws: aws, environment: Environment([:]), until: clock.now + .seconds(30))
            }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains("EKS cluster other in eu-central-1") == true, "\(error?.message ?? "")")
        }
    }
}
