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
            try cluster.server.script(["objects": ["api/v1/namespaces/shop/pods": [pod("a"), pod("b")]]])
            _ = try cluster.certificates.issue("ann", subject: "/CN=ann")
            func data(_ name: String) throws -> String {
                Base64.encode(try contents(ofFile: cluster.folder.path + "/" + name, limit: 10_000))
            }
            for user in [
                "client-certificate: ann.crt, client-key: ann.key",
                "client-certificate-data: \(try data("ann.crt")), client-key-data: \(try data("ann.key"))",
            ] {
                let list = try await cluster.client(user).list(.pods, until: .soon)
                #expect(names(list.items) == ["a", "b"])
                #expect(try cluster.server.requests().last?["user"] == "ann")
            }
        }
    }
}
