import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import Kubernetes

/// As whom requests are made, on the wire.
@Suite struct AuthenticationTests {
    @Test("a client certificate, in files or in the kubeconfig itself, is what the server sees")
    func clientCertificate() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a", "b")
            func data(_ name: String) throws -> String {
                Base64.encode(try contents(ofFile: cluster.folder.path + "/" + name, limit: 10_000))
            }
            for user in [
                "client-certificate: ann.crt, client-key: ann.key",
                "client-certificate-data: \(try data("ann.crt")), client-key-data: \(try data("ann.key"))",
            ] {
                let list = try await cluster.client(user).list(.pods, until: .soon)
                #expect(names(list.items) == ["a", "b"])
                #expect(try cluster.requests().last?["user"] == "ann")
            }
        }
    }

    @Test("files of a client certificate that were replaced are used by the next connection")
    func replacedCertificate() async throws {
        try await TestCluster.run { cluster in
            let configuration = try cluster.configuration("client-certificate: ann.crt, client-key: ann.key")
            for part in ["crt", "key"] {
                let bob = try contents(ofFile: TestCluster.sharedFolder.path + "/bob.\(part)", limit: 10_000)
                try cluster.write("ann.\(part)", String(decoding: bob, as: UTF8.self))
            }
            try cluster.server.script(["certificates": ["bob"]])
            _ = try await KubernetesClient(configuration, loop: cluster.loop).list(.pods, until: .soon)
            #expect(try cluster.requests().last?["user"] == "bob")
        }
    }

    @Test(
        "credentials that the server does not know are refused once, and the error says whose they are",
        arguments: [
            ("", "does not accept user u, who has no credentials"),
            ("token: wrong", "does not accept the token of user u"),
            ("client-certificate: ann.crt, client-key: ann.key", "does not accept the certificate of user u"),
        ])
    func refused(user: String, reason: String) async throws {
        try await TestCluster.run { cluster in
            try cluster.server.script(["certificates": []])
            let client = try cluster.client(user)
            let error = await #expect(throws: KubernetesError.self) { try await client.list(.pods, until: .soon) }
            #expect(error?.code == .unauthorized && error?.status == 401)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            #expect(try cluster.requests().count == 1)
        }
    }

    @Test("a token file is read again, so that a token that was replaced works at once")
    func tokenFile() async throws {
        try await TestCluster.run { cluster in
            try cluster.write("token", "old\n")
            try cluster.server.script(["tokens": ["old": "ann"]])
            let client = try cluster.client("tokenFile: token")
            _ = try await client.list(.pods, until: .soon)
            try cluster.write("token", "new\n")
            try cluster.server.script(["tokens": ["new": "ann"]])
            _ = try await client.list(.pods, until: .soon)
            #expect(try cluster.requests().map { $0["user"] } == ["ann", "ann"])
        }
    }

    @Test("a password is sent as it was written")
    func basic() async throws {
        try await TestCluster.run { cluster in
            try cluster.server.script(["tokens": ["basic:pä:ss": "ann"]])
            _ = try await cluster.client("username: ann, password: \"pä:ss\"").list(.pods, until: .soon)
        }
    }

    @Test("a user who acts for another sends whom, with all groups and facts")
    func impersonation() async throws {
        try await TestCluster.run { cluster in
            let user =
                "token: good, as: bob, as-uid: \"7\", as-groups: [dev, ops], as-user-extra: {\"a/b\": [x, y]}"
            _ = try await cluster.client(user).list(.pods, until: .soon)
            let headers = try #require(try cluster.requests().last?["headers"])
            #expect(headers["impersonate-user"] == "bob")
            #expect(headers["impersonate-uid"] == "7")
            #expect(headers["impersonate-group"] == "dev, ops")
            #expect(headers["impersonate-extra-a%2fb"] == "x, y")
        }
    }

    @Test("a pod uses its service account's token, authority and namespace")
    func inCluster() async throws {
        try await TestCluster.run { cluster in
            try cluster.write("token", "good")
            try cluster.write("namespace", "shop\n")
            try FileManager.default.copyItem(
                at: cluster.folder.appending(path: "authority.pem"), to: cluster.folder.appending(path: "ca.crt"))
            let environment = Environment([
                "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "\(cluster.server.port)",
            ])
            let configuration = try KubernetesConfiguration.inCluster(
                environment: environment, folder: cluster.folder.path)
            try cluster.addPods("a")
            let client = KubernetesClient(configuration, loop: cluster.loop)
            #expect(names(try await client.list(.pods, until: .soon).items) == ["a"])
        }
    }
}

/// What is accepted of the server's side.
@Suite struct VerificationTests {
    /// Checks that requests, watches, commands in pods and evictions reject the server's certificate.
    private func expectRejection(of configuration: KubernetesConfiguration, _ cluster: TestCluster) async throws {
        let client = KubernetesClient(configuration, loop: cluster.loop)
        // The list before a watch must not be what fails: it is its connection alone that is tried.
        let watch = try APICall("watch", "GET", .pods, namespace: "shop")
        for call in [
            { _ = try await client.get(.pods, "a", until: .soon) },
            { _ = try await client.evict("a", until: .soon) },
            { _ = try await client.exec(["true"], in: "a", until: .soon) },
            { _ = try await client.connection(of: watch, at: "1", until: .soon) { _ -> Int? in 1 } },
        ] as [@Sendable () async throws -> Void] {
            let error = await #expect(throws: KubernetesError.self) { try await call() }
            #expect((error?.underlying as? TransportError)?.code == .certificateRejected)
            #expect(error?.message.contains("Check the certification authority") == true)
        }
        #expect(try cluster.requests().isEmpty)
    }

    @Test("a server whose certificate has expired is refused, by requests, watches and exec")
    func expired() async throws {
        try await TestCluster.run(certificate: "expired") { cluster in
            try await expectRejection(of: try cluster.configuration(), cluster)
        }
    }

    @Test("a server of another authority, or for another name, is refused, by requests, watches and exec")
    func refused() async throws {
        try await TestCluster.run { cluster in
            let other = try Certificates(in: cluster.folder)  // writes over authority.pem
            #expect(other.authority.hasPrefix(cluster.folder.path))
            let foreign = try cluster.configuration()
            let own = try TestCluster.authority()
            var misnamed = try cluster.configuration(cluster: "tls-server-name: kubernetes.default")
            misnamed.authorities = .paths(file: own, folder: nil)
            for configuration in [foreign, misnamed] { try await expectRejection(of: configuration, cluster) }
        }
    }

    @Test("tls-server-name is what the server is asked for and verified against; the request names the real host")
    func serverName() async throws {
        try await TestCluster.run(certificate: "named") { cluster in
            try cluster.addPods("a")
            let plain = KubernetesClient(try cluster.configuration(), loop: cluster.loop)
            let error = await #expect(throws: KubernetesError.self) { try await plain.list(.pods, until: .soon) }
            #expect((error?.underlying as? TransportError)?.code == .certificateRejected)
            let named = try cluster.client(cluster: "tls-server-name: cluster.test")
            _ = try await named.list(.pods, until: .soon)
            _ = try await named.exec(["true"], in: "a", until: .soon)
            for request in try cluster.requests() {
                #expect(request["name"] == "cluster.test")
                #expect(request["headers"]?["host"] == .string("127.0.0.1:\(cluster.server.port)"))
            }
            #expect(try cluster.requests().count == 2)
        }
    }

    @Test("proxy-url leads requests and exec through the proxy, with its password")
    func proxy() async throws {
        try await TestCluster.run { cluster in
            try cluster.addPods("a")
            let url = "http://ann:s3cret@127.0.0.1:\(cluster.server.proxyPort)"
            // The proxy alone knows this name; the certificate is for another one.
            let configuration = try cluster.configuration(
                cluster: "tls-server-name: localhost, proxy-url: \"\(url)\"", server: "https://cluster.test:6443")
            let client = KubernetesClient(configuration, loop: cluster.loop)
            #expect(names(try await client.list(.pods, until: .soon).items) == ["a"])
            #expect(try await client.exec(["true"], in: "a", until: .soon).exitCode == 0)
            let proxied = try cluster.requests().filter { $0["method"] == "PROXY" }
            #expect(proxied.map { $0["target"] } == ["cluster.test:6443", "cluster.test:6443"])
        }
    }

    @Test("a proxy that refuses is told, without its password")
    func proxyRefuses() async throws {
        try await TestCluster.run { cluster in
            let url = "http://ann:wr0ng@127.0.0.1:\(cluster.server.proxyPort)"
            let clock = TestClock(.now())
            let configuration = try cluster.configuration(cluster: "proxy-url: \"\(url)\"")
            let client = KubernetesClient(configuration, loop: cluster.loop, time: clock.source)
            for call in [
                { _ = try await client.list(.pods, until: clock.now + .seconds(60)) },
                { _ = try await client.exec(["true"], in: "a", until: clock.now + .seconds(60)) },
            ] as [@Sendable () async throws -> Void] {
                let error = await #expect(throws: KubernetesError.self) { try await call() }
                #expect((error?.underlying as? TransportError)?.code == .proxyFailed)
                #expect(error?.message.contains("407") == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("wr0ng") == false)
            }
        }
    }
}
