import Basics
import Transport

/// What the settings say about how calls are made; read once, so that a wrong value is told at the start.
///
/// A class, because configurations and clients hold and copy it.
final class CallSettings: Sendable {
    let retryMode: RetryMode
    /// From 1; nil for the default of mode and service.
    let maximumAttempts: Int?
    /// From the start of an attempt to a usable connection: name, TCP and TLS.
    let connectTimeout: Duration
    /// The smallest body in bytes that is compressed; nil to compress none.
    let minimumCompression: Int?
    /// Whether requests carry only the checksums that their operations require.
    let onlyRequiredChecksums: Bool
    /// Whether S3 is not asked for the checksums of objects.
    let ignoresObjectChecksums: Bool
    let userAgent: String
    /// The certification authorities for AWS; nil for those of the HTTP client.
    let authorities: CertificateAuthorities?

    /// botocore's defaults.
    init() {
        retryMode = .standard
        maximumAttempts = nil
        connectTimeout = .seconds(5)
        minimumCompression = 10_240
        onlyRequiredChecksums = false
        ignoresObjectChecksums = false
        userAgent = TocsinVersion.userAgent
        authorities = nil
    }

    /// - Throws: `invalidConfiguration` for a value that is none.
    init(_ settings: AWSSettings, region: String) throws(AWSError) {
        let mode = try settings.choice("AWS_RETRY_MODE", key: "retry_mode", of: ["legacy", "standard", "adaptive"])
        retryMode = mode.flatMap { RetryMode(rawValue: $0) } ?? .standard
        maximumAttempts = try settings.integer("AWS_MAX_ATTEMPTS", key: "max_attempts", in: 1...Int(Int32.max))
        connectTimeout = try Self.connectTimeout(settings, region: region)
        let minimum = try settings.integer(
            "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", key: "request_min_compression_size_bytes", in: 0...10_485_760)
        let compresses = !settings.isOn("AWS_DISABLE_REQUEST_COMPRESSION", key: "disable_request_compression")
        minimumCompression = compresses ? minimum ?? 10_240 : nil
        let checksums = try settings.choice(
            "AWS_REQUEST_CHECKSUM_CALCULATION", key: "request_checksum_calculation",
            of: ["when_supported", "when_required"])
        onlyRequiredChecksums = checksums == "when_required"
        let validation = try settings.choice(
            "AWS_RESPONSE_CHECKSUM_VALIDATION", key: "response_checksum_validation",
            of: ["when_supported", "when_required"])
        ignoresObjectChecksums = validation == "when_required"
        let application = settings.value("AWS_SDK_UA_APP_ID", key: "sdk_ua_app_id")
        userAgent = TocsinVersion.userAgent + (application.map { " app/" + Self.userAgentPart($0) } ?? "")
        authorities = settings.value("AWS_CA_BUNDLE", key: "ca_bundle").map {
            .bundle($0, named: settings.place("AWS_CA_BUNDLE", key: "ca_bundle"))
        }
    }

    /// The client, with the authorities for AWS where there are any.
    func verified(_ http: any HTTPExecuting) -> any HTTPExecuting {
        authorities.map { HTTPWithAuthorities(base: http, authorities: $0) } ?? http
    }

    /// The time to connect by `AWS_DEFAULTS_MODE`: that for TCP and that for TLS of "Smart configuration defaults" in
    /// the AWS SDKs and Tools reference guide together.
    private static func connectTimeout(_ settings: AWSSettings, region: String) throws(AWSError) -> Duration {
        let modes = ["auto", "cross-region", "in-region", "legacy", "mobile", "standard"]
        var mode = try settings.choice("AWS_DEFAULTS_MODE", key: "defaults_mode", of: modes)
        if mode == "auto" {
            // On EC2, which tells its region only over the network, this is `standard`.
            let isInAWS = settings.value("AWS_EXECUTION_ENV") != nil
            mode = isInAWS && settings.value("AWS_REGION", "AWS_DEFAULT_REGION") == region ? "in-region" : "standard"
        }
        return switch mode {
        case "in-region": .milliseconds(2_200)
        case "standard", "cross-region": .milliseconds(6_200)
        case "mobile": .seconds(60)
        default: .seconds(5)
        }
    }

    /// The text with a hyphen for each character that a User-Agent cannot have, as botocore does it.
    private static func userAgentPart(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                byte.isASCIIAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(byte) ? byte : UInt8(ascii: "-")
            }, as: UTF8.self)
    }
}

extension AWSSettings {
    /// Where the value of a setting comes from, for messages: the variable, or the key and its profile.
    func place(_ variable: String, key: String) -> String {
        environment[variable].map { !$0.isEmpty } == true ? variable : "\(key) of profile \(profileName)"
    }

    /// The value in lower case.
    /// - Throws: `invalidConfiguration` that lists the allowed values.
    @inline(never)
    fileprivate func choice(_ variable: String, key: String, of allowed: [String]) throws(AWSError) -> String? {
        guard let value = value(variable, key: key) else { return nil }
        if allowed.contains(value.lowercased()) { return value.lowercased() }
        throw AWSError(
            .invalidConfiguration,
            "\(place(variable, key: key)) is \"\(value)\": give one of \(allowed.joined(separator: ", "))")
    }

    /// - Throws: `invalidConfiguration` that names the range.
    @inline(never)
    fileprivate func integer(
        _ variable: String, key: String, in range: ClosedRange<Int>
    ) throws(AWSError) -> Int? {
        guard let value = value(variable, key: key) else { return nil }
        if let number = Int(value), range.contains(number) { return number }
        let allowed =
            range.upperBound == Int(Int32.max)
            ? "\(range.lowerBound) or more" : "a number from \(range.lowerBound) to \(range.upperBound)"
        throw AWSError(.invalidConfiguration, "\(place(variable, key: key)) is \"\(value)\": give \(allowed)")
    }
}

/// An HTTP client whose requests are verified against other authorities than its own.
struct HTTPWithAuthorities: HTTPExecuting {
    let base: any HTTPExecuting
    let authorities: CertificateAuthorities

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.authorities = authorities
        return try await base.execute(request)
    }
}
