import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport
import YAML

@testable import Kubernetes

/// What a kubeconfig means, and what of it is refused.
@Suite struct KubeconfigTests {
    /// Gives the body a folder with these files.
    private func withFiles<R>(_ files: [String: String], _ body: (URL) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try body(folder)
    }

    private func configuration(
        _ kubeconfig: Kubeconfig, _ overrides: KubeconfigOverrides = .init(), variables: [String: String] = [:]
    ) throws -> KubernetesConfiguration {
        try kubeconfig.configuration(
            overrides, environment: Environment(variables), loop: TestCluster.idleLoop.get())
    }

    private static let first = """
        current-context: dev
        contexts:
        - {name: dev, context: {cluster: one, user: ann}}
        - {name: half, context: {cluster: two, user: bob, namespace: shop}}
        clusters:
        - {name: one, cluster: {server: "https://one.test/"}}
        users:
        - {name: ann, user: {token: first}}
        """
    private static let second = """
        current-context: prod
        contexts:
        - {name: dev, context: {cluster: two, user: bob, namespace: lost}}
        - {name: prod, context: {cluster: two, user: ann}}
        clusters:
        - {name: one, cluster: {server: "https://lost.test"}}
        - {name: two, cluster: {server: "https://two.test/base", certificate-authority: ca.pem}}
        users:
        - {name: ann, user: {token: lost}}
        - {name: bob, user: {tokenFile: secrets/token}}
        """

    @Test("of several files the first wins for each name, and paths are relative to their own file")
    func merge() throws {
        try withFiles(["a": Self.first, "sub/b": Self.second]) { folder in
            let paths = [folder.path + "/none", folder.path + "/a", folder.path + "/sub/b"]
            let kubeconfig = try Kubeconfig(files: paths)
            #expect(kubeconfig.files == Array(paths.dropFirst()))
            let dev = try configuration(kubeconfig)
            #expect(dev.server == "https://one.test")
            #expect(dev.namespace == "default")
            #expect(dev.source == "context dev of \(paths[1]):\(paths[2])")
            let half = try configuration(kubeconfig, KubeconfigOverrides(context: "half"))
            #expect(half.server == "https://two.test/base")
            #expect(half.authorities == .paths(file: folder.path + "/sub/ca.pem", folder: nil))
            #expect(half.namespace == "shop")
            let mixed = KubeconfigOverrides(context: "half", cluster: "one", user: "ann", namespace: "x")
            let overridden = try configuration(kubeconfig, mixed)
            #expect(overridden.server == "https://one.test" && overridden.namespace == "x")
            #expect(overridden.authentication.user == "the token of user ann")
        }
    }

    @Test(
        "files are merged as kubectl merges them",
        .enabled(if: Kubectl.path != nil, "no kubectl: install the package kubernetes-client"))
    func mergeLikeKubectl() throws {
        try withFiles(["a": Self.first, "sub/b": Self.second]) { folder in
            let paths = [folder.path + "/a", folder.path + "/sub/b"]
            let result = try Command.run(
                try #require(Kubectl.path), ["config", "view", "--raw", "-o", "json"],
                environment: ["KUBECONFIG": paths.joined(separator: ":")])
            let theirs = try JSONValue(parsing: result.output)
            let ours = try Kubeconfig(files: paths)
            #expect(theirs["current-context"]?.stringValue == ours.currentContext)
            for (list, member, entries) in [
                ("clusters", "cluster", ours.clusters), ("users", "user", ours.users),
                ("contexts", "context", ours.contexts),
            ] {
                let elements = theirs[list]?.arrayValue ?? []
                #expect(elements.count == entries.count)
                for element in elements {
                    let entry = try #require(entries[element["name"]?.stringValue ?? ""])
                    for (key, value) in element[member]?.objectValue ?? [:] {
                        #expect(entry.node[key]?.text == value.stringValue, "\(list) \(key)")
                    }
                }
            }
        }
    }

    @Test(
        "KUBECONFIG lists files; without it there is one in the home folder",
        arguments: [
            (["KUBECONFIG": "/a:/b:", "HOME": "/home/ann"], ["/a", "/b"]),
            (["KUBECONFIG": "", "HOME": "/home/ann"], ["/home/ann/.kube/config"]), ([:], []),
        ] as [([String: String], [String])])
    func paths(variables: [String: String], paths: [String]) {
        #expect(Kubeconfig.paths(in: Environment(variables)) == paths)
    }

    /// A cluster's and a user's members, and what the message says.
    private static let refused: [(cluster: String, user: String, reason: String)] = [
        ("insecure-skip-tls-verify: true", "", "insecure-skip-tls-verify is refused"),
        ("server: http://10.0.0.1:8080", "", "plain HTTP"),
        ("server: http://localhost.evil.test", "", "plain HTTP"),
        ("server: http://127.evil.test", "", "plain HTTP"),
        ("server: ftp://one.test", "", "no https:// URL"),
        ("server: \"https://ann:s3cret@one.test\"", "", "no https:// URL"),
        ("server: \"\"", "", "the cluster has no server"),
        ("proxy-url: ftp://proxy", "", "proxy-url is no"),
        ("certificate-authority-data: \"####\"", "", "certificate-authority-data is not Base64"),
        ("", "auth-provider: {name: oidc}", "auth-provider (oidc) is no longer part of Kubernetes"),
        ("", "client-certificate: a.crt", "a.crt cannot be read"),
        ("", "client-certificate-data: YQ==", "needs client-key as well"),
        ("", "client-certificate-data: YQ==, client-key-data: YQ==", "the client certificate cannot be used"),
        ("", "as-groups: [a]", "need the user's name in `as`"),
        ("", "token: s3cret, username: ann", "there are a token and a username"),
        ("", "exec: {apiVersion: client.authentication.k8s.io/v1}", "there is no command"),
        ("", "exec: {command: a}", "apiVersion is \"\""),
        ("", "exec: {command: a, apiVersion: client.authentication.k8s.io/v1alpha1}", "Kubernetes has"),
        ("", "exec: {command: a, apiVersion: client.authentication.k8s.io/v1}", "interactiveMode must be"),
        (
            "", "exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
            "nobody can be asked"
        ),
    ]

    @Test("what cannot work or is not safe is refused with its line, and without secrets", arguments: 0..<refused.count)
    func refusals(row: Int) throws {
        let (cluster, user, reason) = Self.refused[row]
        let server = cluster.hasPrefix("server") ? "" : "server: \"https://one.test\", "
        let text = """
            current-context: a
            contexts: [{name: a, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {\(server)\(cluster)}}]
            users: [{name: u, user: {\(user)}}]
            """
        try withFiles(["config": text]) { folder in
            let kubeconfig = try Kubeconfig(files: [folder.path + "/config"])
            let error = #expect(throws: KubernetesError.self) { try configuration(kubeconfig) }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("/config") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("s3cret") == false)
        }
    }

    @Test(
        "plain HTTP is for this machine alone",
        arguments: [
            "http://localhost:8001", "http://127.0.0.1:8001", "http://[::1]:8001", "https://one.test",
        ])
    func allowedServers(server: String) throws {
        let configuration = try KubernetesConfiguration(
            server: server + "/", authorities: .missing(""), authentication: .fixed(.init(), user: "nobody"),
            source: "test")
        #expect(configuration.server == server)
    }

    @Test(
        "a context, cluster or user that is not there is told with what is",
        arguments: [
            (KubeconfigOverrides(context: "de"), "has no context de: did you mean dev?"),
            (KubeconfigOverrides(context: "x"), "has no context x (contexts: dev, half)"),
            (KubeconfigOverrides(context: "half"), "has no cluster two (clusters: one)"),
            (KubeconfigOverrides(user: "eve"), "has no user eve (users: ann)"),
        ])
    func missing(overrides: KubeconfigOverrides, reason: String) throws {
        try withFiles(["config": Self.first]) { folder in
            let kubeconfig = try Kubeconfig(files: [folder.path + "/config"])
            let error = #expect(throws: KubernetesError.self) { try configuration(kubeconfig, overrides) }
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
    }

    @Test(
        "a file that is no kubeconfig is told with its line",
        arguments: [
            ("a: [", "config: "), ("clusters: {}", "config, line 1: clusters must be a list"),
            ("\nusers: [{user: {}}]", "config, line 2: an entry of users has no name"),
            ("{}", "has no current-context"), ("", "has no current-context"),
            ("hello", "config, line 1: this is no kubeconfig"), ("[]", "config, line 1: this is no kubeconfig"),
            ("users:\n- {name: a}\n- {name: a, user: {token: s3cret}}", "config, line 3: users has the name a twice"),
        ])
    func malformed(text: String, reason: String) throws {
        try withFiles(["config": text]) { folder in
            let error = #expect(throws: KubernetesError.self) {
                try configuration(Kubeconfig(files: [folder.path + "/config"]))
            }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
    }

    @Test("without a proxy-url the usual variables hold")
    func proxyVariables() throws {
        try withFiles(["config": Self.first]) { folder in
            let kubeconfig = try Kubeconfig(files: [folder.path + "/config"])
            let proxied = try configuration(kubeconfig, variables: ["HTTPS_PROXY": "http://proxy:3128"])
            #expect(proxied.proxy.https == "http://proxy:3128")
        }
    }
}

/// Where a cluster comes from when no kubeconfig is named.
@Suite struct ClusterDiscoveryTests {
    private func discovered(_ variables: [String: String]) throws -> KubernetesConfiguration {
        try .discovered(environment: Environment(variables), loop: TestCluster.idleLoop.get())
    }

    @Test("without a kubeconfig and outside of a pod, the error tells where was looked")
    func nowhere() {
        let error = #expect(throws: KubernetesError.self) { try discovered(["HOME": "/nowhere"]) }
        #expect(error?.message.contains("no kubeconfig (/nowhere/.kube/config)") == true)
        let pod = #expect(throws: KubernetesError.self) {
            try discovered(["KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"])
        }
        #expect(pod?.message.contains("automountServiceAccountToken") == true)
    }

    private func ofChaosToolkit(
        _ secrets: [String: String], _ variables: [String: String]
    ) throws -> KubernetesConfiguration {
        try .ofChaosToolkit(
            secrets: secrets, environment: Environment(variables), loop: TestCluster.idleLoop.get())
    }

    @Test("Chaos Toolkit's variables give host, token, authority and password, its secrets before the environment")
    func chaosToolkit() async throws {
        let variables = [
            "KUBERNETES_HOST": "https://cluster.test", "KUBERNETES_API_KEY": "k", "KUBERNETES_CA_CERT_FILE": "/ca.pem",
        ]
        let deadline = Timestamp.now() + .seconds(5)
        for (secrets, authorization) in [
            ([:], "Bearer k"), (["KUBERNETES_API_KEY": "other"], "Bearer other"),
            (["KUBERNETES_API_KEY_PREFIX": "Token"], "Token k"),
        ] {
            let configuration = try ofChaosToolkit(secrets, variables)
            #expect(configuration.server == "https://cluster.test")
            #expect(configuration.authorities == .paths(file: "/ca.pem", folder: nil))
            #expect(try await configuration.authentication.credentials(deadline).authorization == authorization)
        }
        let password = ["KUBERNETES_HOST": "https://cluster.test", "KUBERNETES_USERNAME": "ann"]
        let basic = try await ofChaosToolkit(["KUBERNETES_PASSWORD": "p"], password).authentication
            .credentials(deadline)
        #expect(basic.authorization == "Basic YW5uOnA=")
        for (variables, reason) in [
            ([:], "KUBERNETES_HOST is not set"), (["CHAOSTOOLKIT_IN_POD": "true"], "this is no pod"),
            (["KUBERNETES_HOST": "https://a", "KUBERNETES_CERT_FILE": "/none.pem"], "/none.pem cannot be read"),
        ] {
            let error = #expect(throws: KubernetesError.self) { try ofChaosToolkit([:], variables) }
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
    }
}
