public import Basics
import Glibc
public import Transport

/// Where the configuration of a cluster comes from when nothing else is said.
extension KubernetesConfiguration {
    /// The kubeconfig that `kubectl` would use, or else the service account of the pod that this runs in.
    /// - Throws: `KubernetesError` with `invalidConfiguration`, which tells where was looked.
    public static func discovered(
        _ overrides: KubeconfigOverrides = KubeconfigOverrides(), environment: Environment, loop: EventLoop,
        time: TimeSource? = nil
    ) throws(KubernetesError) -> KubernetesConfiguration {
        let paths = Kubeconfig.paths(in: environment)
        let kubeconfig = try Kubeconfig(files: paths)
        if !kubeconfig.files.isEmpty {
            return try kubeconfig.configuration(
                overrides, environment: environment, loop: loop, time: time)
        }
        if environment["KUBERNETES_SERVICE_HOST"] != nil { return try inCluster(environment: environment) }
        throw KubernetesError(
            .invalidConfiguration,
            "no cluster: there is no kubeconfig (\(paths.joined(separator: ", "))), and this is no pod "
                + "(KUBERNETES_SERVICE_HOST is not set). Set KUBECONFIG")
    }

    /// The service account of the pod that this runs in.
    ///
    /// Its token is read again for every request, because the kubelet replaces it.
    /// - Parameter folder: where the kubelet puts token, `ca.crt` and namespace.
    /// - Throws: `KubernetesError` with `invalidConfiguration`.
    public static func inCluster(
        environment: Environment, folder: String = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws(KubernetesError) -> KubernetesConfiguration {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"]
        else {
            throw KubernetesError(
                .invalidConfiguration, "this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"
            )
        }
        let (token, authority) = (folder + "/token", folder + "/ca.crt")
        for path in [token, authority] where access(path, R_OK) != 0 {
            throw KubernetesError(
                .invalidConfiguration,
                "\(path) cannot be read: \(SystemError.last). Does the pod have automountServiceAccountToken: false?")
        }
        // An IPv6 address comes without brackets.
        let authorityHost = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        var configuration = try KubernetesConfiguration(
            server: "https://\(authorityHost):\(port)", authorities: .paths(file: authority, folder: nil),
            authentication: .tokenFile(token, user: "the pod's service account"), source: "the pod's service account")
        configuration.proxy = ProxySettings(environment: environment.variables)
        if let bytes = try? contents(ofFile: folder + "/namespace", limit: 4_096) {
            let namespace = String(decoding: bytes, as: UTF8.self).trimmingWhitespace
            if !namespace.isEmpty { configuration.namespace = String(namespace) }
        }
        return configuration
    }

    /// What chaostoolkit-kubernetes finds: a kubeconfig (`KUBECONFIG`, `~/.kube/config`) with the context
    /// `KUBERNETES_CONTEXT`; in a pod with `CHAOSTOOLKIT_IN_POD=true` its service account; else `KUBERNETES_HOST`.
    ///
    /// Unlike there, certificates are verified whatever `KUBERNETES_VERIFY_SSL` says.
    /// - Parameter secrets: an experiment's secrets, which come before the environment.
    /// - Throws: `KubernetesError` with `invalidConfiguration`.
    public static func ofChaosToolkit(
        secrets: [String: String], environment: Environment, loop: EventLoop, time: TimeSource? = nil
    ) throws(KubernetesError) -> KubernetesConfiguration {
        func setting(_ name: String) -> String? {
            (secrets[name] ?? environment[name]).flatMap { $0.isEmpty ? nil : $0 }
        }
        let kubeconfig = try Kubeconfig(files: Kubeconfig.paths(in: environment))
        if !kubeconfig.files.isEmpty {
            return try kubeconfig.configuration(
                KubeconfigOverrides(context: setting("KUBERNETES_CONTEXT")), environment: environment, loop: loop,
                time: time)
        }
        if environment["CHAOSTOOLKIT_IN_POD"] == "true" { return try inCluster(environment: environment) }
        guard let host = setting("KUBERNETES_HOST") else {
            throw KubernetesError(
                .invalidConfiguration,
                "no cluster: there is no kubeconfig, CHAOSTOOLKIT_IN_POD is not \"true\" and KUBERNETES_HOST is not set"
            )
        }
        let (credentials, user) = try credentials(setting)
        var configuration = try KubernetesConfiguration(
            server: host,
            authorities: setting("KUBERNETES_CA_CERT_FILE").map { .paths(file: $0, folder: nil) }
                ?? .discovered(in: environment.variables),
            authentication: .fixed(credentials, user: user), source: "KUBERNETES_HOST")
        configuration.proxy = ProxySettings(environment: environment.variables)
        return configuration
    }

    private static func credentials(
        _ setting: (String) -> String?
    ) throws(KubernetesError) -> (KubernetesCredentials, user: String) {
        if let key = setting("KUBERNETES_API_KEY") {
            let prefix = setting("KUBERNETES_API_KEY_PREFIX") ?? "Bearer"
            return (KubernetesCredentials(authorization: "\(prefix) \(key)"), "the token in KUBERNETES_API_KEY")
        }
        if let file = setting("KUBERNETES_CERT_FILE") {
            let certificate = ClientCertificate(certificateFile: file, keyFile: setting("KUBERNETES_KEY_FILE") ?? file)
            do throws(TransportError) { try certificate.check() } catch {
                throw KubernetesError(
                    .invalidConfiguration,
                    "KUBERNETES_CERT_FILE and KUBERNETES_KEY_FILE cannot be used: \(error.message)")
            }
            return (KubernetesCredentials(certificate: certificate), "the certificate in KUBERNETES_CERT_FILE")
        }
        if let user = setting("KUBERNETES_USERNAME") {
            let password = setting("KUBERNETES_PASSWORD") ?? ""
            let login = "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
            return (KubernetesCredentials(authorization: login), "user \(user) of KUBERNETES_USERNAME")
        }
        return (KubernetesCredentials(), "nobody (no credentials are set)")
    }
}
