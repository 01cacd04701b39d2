import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// The settings of environment and profile that are not about credentials and endpoints.
struct SettingsTests {
    let clock = TestClock()

    func configuration(_ environment: [String: String], region: String? = nil) throws -> AWSConfiguration {
        try AWSConfiguration(
            environment: ["AWS_REGION": "eu-west-1", "HOME": "/nonexistent"].merging(environment) { $1 },
            region: region, http: Loop.http.get(), credentials: ClientFaultTests.keys, time: clock.source)
    }

    /// A configuration whose profile has these lines.
    func configuration(profile: String, _ environment: [String: String] = [:]) async throws -> AWSConfiguration {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "config")
            try "[default]\n\(profile)".write(to: file, atomically: true, encoding: .utf8)
            return try self.configuration(environment.merging(["AWS_CONFIG_FILE": file.path]) { $1 })
        }
    }

    @Test(
        "a setting without effect is named with what is done instead",
        arguments: [
            (
                ["AWS_DATA_PATH": "/models"],
                ["AWS_DATA_PATH=/models has no effect: the models of the services are part of "]
            ),
            (["AWS_AUTH_SCHEME_PREFERENCE": "sigv4"], []), (["AWS_AUTH_SCHEME_PREFERENCE": "SigV4"], []),
            (["AWS_AUTH_SCHEME_PREFERENCE": "sigv4a"], ["AWS_AUTH_SCHEME_PREFERENCE=sigv4a has no effect: "]),
            (["AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required"], []),
            (["AWS_CSM_ENABLED": "false", "AWS_DATA_PATH": ""], []),
            (["AWS_CSM_ENABLED": "true"], ["AWS_CSM_ENABLED=true"]),
            (["AWS_PAGER": "less", "AWS_DEFAULT_OUTPUT": "json", "AWS_RETRY_MODE": "legacy"], []),
            (
                ["AWS_IMDS_USE_IPV6": "true", "AWS_SIGV4A_SIGNING_REGION_SET": "*"],
                ["AWS_IMDS_USE_IPV6=true", "AWS_SIGV4A_"]
            ),
            (
                ["AWS_DATA_PATH": String(repeating: "x", count: 50)],
                ["AWS_DATA_PATH=" + String(repeating: "x", count: 40) + "… "]
            ),
            (["AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_EXECUTION_ENV": "e"], []),
        ])
    func ignored(environment: [String: String], starts: [String]) throws {
        let texts = try configuration(environment).ignoredSettings
        #expect(texts.count == starts.count, "\(texts)")
        for (text, start) in zip(texts, starts) { #expect(text.hasPrefix(start)) }
        #expect(AWSConfiguration.ignoredSettings(in: environment.merging(["HOME": "/nonexistent"]) { $1 }) == texts)
    }

    @Test(
        "so is one of the profile",
        arguments: [
            ("tcp_keepalive = true", []),
            (
                "tcp_keepalive = false",
                ["tcp_keepalive of profile default: false has no effect: silent connections are"]
            ),
            (
                "api_versions =\n  ec2 = 2015-03-01\n  rds = 2014-10-31",
                [
                    "api_versions.ec2 of profile default: 2015-03-01 has no effect: one version of each"
                ]
            ),
            ("s3 =\n  payload_signing_enabled = true", ["s3.payload_signing_enabled of profile default: true has"]),
            ("s3 =\n  max_concurrent_requests = 20\noutput = json\ncli_pager =", []),
        ])
    func ignoredOfProfile(lines: String, starts: [String]) async throws {
        let texts = try await configuration(profile: lines).ignoredSettings
        #expect(texts.count == starts.count, "\(texts)")
        for (text, start) in zip(texts, starts) { #expect(text.hasPrefix(start), "\(text)") }
    }

    @Test("a shared file that cannot be read is named; one that is not there is not")
    func unreadableFile() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let aws = folder.appending(path: ".aws")
            try FileManager.default.createDirectory(
                at: aws.appending(path: "config"), withIntermediateDirectories: true)
            let texts = try configuration(["HOME": folder.path]).ignoredSettings
            let start = "\(aws.path)/config cannot be read (Is a directory)"
            #expect(texts == [start + ": its settings and credentials are not used"])
            #expect(try configuration(["HOME": folder.path + "/absent"]).ignoredSettings == [])
        }
    }

    @Test(
        "every setting of botocore is in the list; those that are read here, and no others, are in it as honoured",
        .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func listIsComplete() throws {
        func names(_ text: String) -> Set<String> {
            Set(text.split { $0 == " " || $0 == "\n" || $0 == "/" }.map(String.init))
        }
        let honoured = names(SettingsReference.honoured)
        let ignored = Set(SettingsReference.ignored.flatMap { [$0.variable, $0.key] })
        let known = honoured.union(names(SettingsReference.harmless)).union(ignored)
        let botocore = Set(try oracle("settings.py"))
        #expect(botocore.count > 60)
        #expect(botocore.subtracting(known) == [])
        #expect(honoured.intersection(ignored) == [])
        let sources = Workspace.root.appending(path: "Sources/Cloud")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var read: Set<String> = []
        var unread = honoured
        for case let file as URL in files where file.pathExtension == "swift" {
            guard file.lastPathComponent != "SettingsReference.swift", !file.path.contains("/AWSModels/") else {
                continue
            }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /"(AWS_[A-Z0-9_]+)"/) { read.insert(String(match.1)) }
            unread = unread.filter { !text.contains("\"\($0)\"") }
        }
        #expect(read.count > 20)
        // The name of a service stands behind it.
        read = read.filter { !$0.hasPrefix("AWS_ENDPOINT_URL_") }
        #expect(read.subtracting(honoured) == [])
        #expect(unread == [])
    }

    @Test(
        "the time to connect follows AWS_DEFAULTS_MODE",
        arguments: [
            ([:], 5_000), (["AWS_DEFAULTS_MODE": "legacy"], 5_000), (["AWS_DEFAULTS_MODE": "Standard"], 6_200),
            (["AWS_DEFAULTS_MODE": "cross-region"], 6_200), (["AWS_DEFAULTS_MODE": "in-region"], 2_200),
            (["AWS_DEFAULTS_MODE": "mobile"], 60_000), (["AWS_DEFAULTS_MODE": "auto"], 6_200),
            (["AWS_DEFAULTS_MODE": "auto", "AWS_EXECUTION_ENV": "AWS_Lambda"], 2_200),
            (["AWS_DEFAULTS_MODE": "auto", "AWS_EXECUTION_ENV": "AWS_Lambda", "AWS_REGION": "us-east-1"], 6_200),
        ])
    func defaultsMode(environment: [String: String], milliseconds: Int) throws {
        #expect(try configuration(environment, region: "eu-west-1").connectTimeout == .milliseconds(milliseconds))
    }

    @Test(
        "settings of the profile count where no variable is set",
        arguments: [
            (["AWS_RETRY_MODE": "adaptive"], RetryMode.adaptive, Int?.some(7)),
            (["AWS_MAX_ATTEMPTS": "2", "AWS_RETRY_MODE": ""], .legacy, 2), ([:], .legacy, 7),
        ])
    func profile(environment: [String: String], mode: RetryMode, attempts: Int?) async throws {
        let configuration = try await self.configuration(profile: "retry_mode = legacy\nmax_attempts = 7", environment)
        #expect(configuration.retryMode == mode)
        #expect(configuration.maximumAttempts == attempts)
    }

    @Test("AWS is verified against AWS_CA_BUNDLE, or the profile's ca_bundle, also by an HTTP client set later")
    func authorities() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(certificate: certificates.issue("good"))
            func object(_ environment: [String: String], profile: String = "") async throws -> String {
                let endpoint = ["AWS_ENDPOINT_URL": "https://127.0.0.1:\(server.port)", "AWS_MAX_ATTEMPTS": "1"]
                var configuration = try await self.configuration(profile: profile, environment.merging(endpoint) { $1 })
                configuration.http = HTTPClient(
                    loop: try Loop.shared.get(), configuration: HTTPClientConfiguration(environment: [:]))
                do {
                    let s3 = try AWSClient(.s3, configuration: configuration)
                    let answer = try await s3.send("GetObject", ["Bucket": "bucket", "Key": "k"])
                    return String(decoding: answer.body, as: UTF8.self)
                } catch let error as AWSError { return error.message }
            }
            let (bundle, absent) = (certificates.authority, folder.path + "/absent.pem")
            #expect(try await object(["AWS_CA_BUNDLE": bundle]) == "secure")
            #expect(try await object([:], profile: "ca_bundle = \(bundle)") == "secure")
            #expect(try await object(["AWS_CA_BUNDLE": bundle], profile: "ca_bundle = \(absent)") == "secure")
            #expect(try await object([:]) != "secure")
            let missing = try await object(["AWS_CA_BUNDLE": absent], profile: "ca_bundle = \(bundle)")
            #expect(missing.hasSuffix(": AWS_CA_BUNDLE names \(absent), which cannot be read"), "\(missing)")
            let missingOfProfile = try await object([:], profile: "ca_bundle = \(absent)")
            #expect(
                missingOfProfile.hasSuffix(": ca_bundle of profile default names \(absent), which cannot be read"))
        }
    }
}
