public import Basics
public import JSON
import Synchronization
public import Transport

/// A client of one AWS service.
///
/// Any operation in the service's model can be called by name.
///
/// Inputs and outputs have boto3's shapes and the JSON form that Chaos Toolkit writes to a journal: ``AWSResult``.
/// Failed attempts are retried as the retry mode says. Safe to use from many tasks.
public final class AWSClient: Sendable {
    /// What the calls of one client share.
    private struct State {
        var quota = RetryQuota()
        /// How far the service's clock is ahead of this machine's.
        ///
        /// Zero until a service has complained.
        var clockSkew = Duration.zero
        /// Of the retry mode `adaptive`; nil in the others.
        var limiter: ClientRateLimiter?
        /// The regions of buckets that are in others than this client's.
        var bucketRegions: [String: String] = [:]
    }

    package let service: AWSService
    package let configuration: AWSConfiguration
    let model: ServiceModel
    let resolver: EndpointResolver
    let signer: RequestSigner
    private let state = Mutex(State())

    /// - Throws: `AWSError` with `invalidConfiguration` when the settings give no endpoint.
    public init(_ service: AWSService, configuration: AWSConfiguration) throws(AWSError) {
        self.service = service
        self.configuration = configuration
        model = try service.model()
        resolver = try EndpointResolver(
            model.metadata, region: configuration.region, settings: configuration.settings, buckets: service.buckets)
        signer = RequestSigner(service: model.metadata.signingName)
        if configuration.retryMode == .adaptive {
            state.withLock { $0.limiter = ClientRateLimiter(at: configuration.time.now()) }
        }
    }

    /// Calls an operation: `call("Publish", ["TopicArn": …, "Message": …])`.
    /// - Parameter deadline: no attempt starts after it and none lasts beyond it.
    /// - Returns: the operation's output.
    /// - Throws: `AWSError`, or `CancellationError`.
    public func call(
        _ operation: String, _ input: JSONValue = [:], deadline: Timestamp? = nil
    ) async throws -> JSONValue {
        try await send(operation, input, deadline: deadline).output
    }

    /// Calls an operation with types that name only the members they use.
    /// - Throws: as above, and `invalidResponse` for an output that does not fit the type.
    public func call<Input: Encodable & Sendable, Output: Decodable & Sendable>(
        _ operation: String, _ input: Input, as type: Output.Type = Output.self, deadline: Timestamp? = nil
    ) async throws -> Output {
        try await describingErrors(of: operation) {
            let value: JSONValue
            do throws(JSONError) { value = try JSONEncoder().encodeToValue(input) } catch {
                throw AWSError(.invalidParameter, "\(error)", underlying: error)
            }
            let output = try await call(operation, value, deadline: deadline)
            do throws(JSONError) { return try JSONDecoder().decode(type, from: output) } catch {
                throw AWSError(.invalidResponse, "\(error)", underlying: error)
            }
        }
    }

    /// Calls an operation of a service that speaks the protocol `json` and decodes the answer as it was sent.
    ///
    /// For answers of millions of values, of which boto3's form takes many times as long and as much memory. Time
    /// stamps are numbers, seconds since 1970.
    /// - Throws: as above, and `invalidParameter` for a service of another protocol.
    public func answer<Output: Decodable & Sendable>(
        _ operation: String, _ input: JSONValue, as type: Output.Type = Output.self, deadline: Timestamp? = nil
    ) async throws -> Output {
        try await describingErrors(of: operation) {
            guard model.metadata.wireProtocol == .json else {
                throw AWSError(.invalidParameter, "answers of \(service.name) can only be read by its model")
            }
            let result = try await send(operation, input, deadline: deadline, keepsBody: true)
            do throws(JSONError) { return try JSONDecoder().decode(type, from: result.body) } catch {
                var error = AWSError(
                    .invalidResponse, "The response's body is not as expected: \(error)", underlying: error)
                error.status = result.status
                error.requestID = result.requestID
                throw error
            }
        }
    }

    /// Calls an operation and also returns the status, headers and raw body of the response.
    /// - Parameters:
    ///   - body: the payload of an operation that takes one (`PutObject`, `UploadPart`); the input then leaves it out.
    ///     A stream needs a length, is not signed, and is never retried because it can be read only once.
    ///   - maximumResponseBytes: a larger response is an error; 16 MiB by default.
    ///   - keepsBody: leaves the answer of a service that speaks `json` unread, in the result's body.
    /// - Throws: as above, and what the body's stream throws.
    public func send(
        _ operation: String, _ input: JSONValue = [:], body: HTTPBody = .none, deadline: Timestamp? = nil,
        maximumResponseBytes: Int = 16 << 20, keepsBody: Bool = false
    ) async throws -> AWSResult {
        try await describingErrors(of: operation) {
            let described = try model.operation(operation)
            var members = input.objectValue
            if let change = described.customizations.lazy.compactMap(\.call).first, let before = members {
                members = try await change(before, described, self)
            }
            let input = members.map(JSONValue.object) ?? input
            @Sendable func send(_ client: AWSClient) async throws -> AWSResult {
                let call = try client.prepare(described, input, body, maximumResponseBytes)
                call.keepsBody = keepsBody
                return try await client.perform(call, deadline: deadline)
            }
            guard let route = described.customizations.lazy.compactMap(\.route).first else {
                return try await send(self)
            }
            return try await route(self, input, !body.isStream, send)
        }
    }

    /// The URL that calls go to, for requests that the service's model does not have.
    /// - Throws: `invalidConfiguration` when the settings give none.
    package func endpointURL() throws(AWSError) -> String { try resolver.endpoint().url }

    /// The models of the service's waiters by name, for `AWSWaiters`.
    package func waiterModels() throws(AWSError) -> JSONObject { try model.waiters() }

    /// Whether the service's model has an error code: boto3 has a class of its own for it.
    package func hasError(_ code: String) -> Bool { model.hasError(code) }

    /// Adds service, operation and region to errors, which the code that throws does not know.
    package func describingErrors<R: Sendable>(
        of operation: String, _ body: () async throws -> R
    ) async throws -> R {
        do { return try await body() } catch var error as AWSError {
            error.service = service.name
            error.operation = operation
            error.region = error.region ?? configuration.region
            throw error
        }
    }
}

/// A service that an ``AWSClient`` can speak to: its name and its model.
public struct AWSService: Sendable {
    /// Short lower-case name for messages: `sns`.
    public let name: String
    private let customizations: [Customization]
    private let lines: @Sendable () -> StaticString
    /// S3 only.
    let buckets: BucketAddressing?

    /// A service by the lines of its model, as `Tools/aws-models` generates them.
    public init(_ name: String, lines: @escaping @Sendable () -> StaticString) {
        self.init(name, customizations: [], buckets: nil, lines: lines)
    }

    init(
        _ name: String, customizations: [Customization], buckets: BucketAddressing? = nil,
        lines: @escaping @Sendable () -> StaticString
    ) {
        self.name = name
        self.customizations = customizations
        self.lines = lines
        self.buckets = buckets
    }

    /// Reads the head of the model; the operations are read when they are first called.
    func model() throws(AWSError) -> ServiceModel { try ServiceModel(lines(), customizations: customizations) }
}

extension AWSClient {
    /// A call that is ready to be sent, once for each attempt.
    ///
    /// A class, because its many parts would be copied by much code.
    private final class PreparedCall {
        let operation: OperationModel
        let input: JSONValue
        let endpoint: Endpoint
        let traits: OperationTraits
        /// Without date and signature, which each attempt adds.
        let request: HTTPRequest
        /// Whether the answer is left unread.
        var keepsBody = false

        init(
            operation: OperationModel, input: JSONValue, endpoint: Endpoint, traits: OperationTraits,
            request: HTTPRequest
        ) {
            self.operation = operation
            self.input = input
            self.endpoint = endpoint
            self.traits = traits
            self.request = request
        }
    }

    private func prepare(
        _ operation: OperationModel, _ input: JSONValue, _ body: HTTPBody, _ maximumResponseBytes: Int
    ) throws(AWSError) -> PreparedCall {
        var payload: [UInt8]? = body.isStream ? [] : nil  // The stream itself takes the place of the body below.
        if case .bytes(let bytes) = body { payload = bytes }
        var wire = try operation.request(input, payload: payload, idempotencyToken: makeToken)
        for (name, value) in operation.customizations.lazy.compactMap(\.header) where wire.headers[name] == nil {
            wire.headers.set(name, value)
        }
        if let trace = configuration.traceHeader?() { wire.headers.set("X-Amzn-Trace-Id", trace) }
        if !body.isStream {
            if let minimum = configuration.calls.minimumCompression { try wire.compress(for: operation, from: minimum) }
            try wire.addChecksum(
                for: operation, input, onlyWhenRequired: configuration.calls.onlyRequiredChecksums)
        }
        // Without a body, POST and PUT still announce a length of zero.
        let hasBody = !wire.body.isEmpty || ["POST", "PUT"].contains(wire.method)
        let endpoint = try resolver.endpoint(input, for: operation)
        var request = HTTPRequest(
            wire.method, endpoint.url(target: wire.target, hostPrefix: wire.hostPrefix),
            headers: wire.headers, body: body.isStream ? body : hasBody ? .bytes(wire.body) : .none,
            connectTimeout: configuration.connectTimeout,
            totalTimeout: body.isStream ? nil : configuration.attemptTimeout,
            maximumResponseBytes: maximumResponseBytes
        )
        request.headers.set("User-Agent", configuration.calls.userAgent)
        let traits = OperationTraits(serviceID: model.metadata.serviceID, operation: operation.name, input)
        request.idleTimeout = max(configuration.idleTimeout, traits.silence ?? .zero)
        request.probesConnection = true
        request.isSentOnce = traits.isSentOnce
        return PreparedCall(operation: operation, input: input, endpoint: endpoint, traits: traits, request: request)
    }

    private func perform(_ call: PreparedCall, deadline: Timestamp?) async throws -> AWSResult {
        let isStream = call.request.body.isStream
        var policy = RetryPolicy(
            configuration.retryMode, maximumAttempts: isStream ? 1 : configuration.maximumAttempts,
            serviceID: model.metadata.serviceID, traits: call.traits, deadline: deadline)
        var headers = RetryHeaders(
            invocationID: makeToken(), maximumAttempts: policy.maximumAttempts, timeout: call.request.idleTimeout)
        while true {
            try await waitForRate(deadline: deadline)
            let credentials = call.operation.isUnsigned ? nil : try await configuration.credentials.credentials()
            var (error, failure): (AWSError, AttemptFailure)
            switch try await attempt(call, credentials, headers, policy.attempt, deadline: deadline) {
            case .success(let output):
                noteAnswer(isThrottling: false)
                state.withLock { $0.quota.giveBack(policy.refund) }
                return AWSResult(output, attempts: policy.attempt)
            case .failure(let failed): (error, failure) = (failed.error, failed.failure)
            }
            noteAnswer(isThrottling: failure.isThrottling)
            error.attempt = policy.attempt
            error.maximumAttempts = policy.maximumAttempts
            let (now, random) = (configuration.time.now(), configuration.time.random())
            headers.note(serverTime: failure.serverTime, at: now)
            let action = state.withLock { state in
                policy.action(
                    after: failure, now: now, skew: state.clockSkew, random: random, quota: &state.quota
                )
            }
            switch action {
            case .retry(let pause): try await configuration.time.sleep(pause)
            case .refreshCredentials:
                if let credentials { await configuration.credentials.invalidate(credentials) }
            case .correctClock(let skew): state.withLock { $0.clockSkew = skew }
            case .giveUp:
                if call.traits.isSentOnce, failure.mayHaveRun {
                    error.message += "; it may have been carried out, so it was not sent again"
                }
                throw error
            case .giveUpAfterPause(let pause):
                try await configuration.time.sleep(pause)
                throw error
            }
            if isStream { throw error }  // The stream was read by the first attempt.
        }
    }

    /// A failed attempt: the error for the caller, and what the retry decision needs.
    private struct FailedAttempt: Error {
        var error: AWSError
        let failure: AttemptFailure

        init(_ error: AWSError, _ failure: AttemptFailure) {
            self.error = error
            self.error.isThrottling = failure.isThrottling
            self.error.isRetryable = failure.isRetryable
            self.failure = failure
        }
    }

    private func attempt(
        _ call: PreparedCall, _ credentials: AWSCredentials?, _ retry: RetryHeaders, _ number: Int,
        deadline: Timestamp?
    ) async throws -> Result<OperationOutput, FailedAttempt> {
        var request = try request(for: call, credentials, deadline: deadline)
        retry.add(to: &request.headers, attempt: number, at: configuration.time.now())
        let response: HTTPResponse
        do { response = try await configuration.http.execute(request) } catch let error as TransportError {
            return .failure(
                FailedAttempt(AWSError(.transport, error.message, underlying: error), AttemptFailure(error))
            )
        }
        if model.metadata.serviceID == "DynamoDB", !response.matchesDynamoDBChecksum {
            return .failure(damagedAttempt(response))
        }
        let wire = WireResponse(status: response.status, headers: response.headers, body: response.body)
        do {
            return try model.result(of: call.operation, wire, call.input, keepsBody: call.keepsBody)
                .mapError { failedAttempt($0, call.operation.name, response) }
        } catch {
            var error = error
            error.status = response.status
            throw error
        }
    }

    private func request(
        for call: PreparedCall, _ credentials: AWSCredentials?, deadline: Timestamp?
    ) throws(AWSError) -> HTTPRequest {
        var request = call.request
        let now = configuration.time.now()
        if let deadline {
            guard deadline > now else {
                let error = TransportError(.timedOut, "the caller's deadline \(deadline) has passed")
                throw AWSError(.transport, error.message, underlying: error)
            }
            request.totalTimeout = min(request.totalTimeout ?? deadline - now, deadline - now)
        }
        if let credentials {
            let skew = state.withLock { $0.clockSkew }
            signer.sign(
                &request, with: credentials, region: call.endpoint.signingRegion, service: call.endpoint.signingName,
                at: now + skew
            )
        }
        return request
    }

    private func failedAttempt(
        _ fault: ServiceFault, _ operation: String, _ response: HTTPResponse
    ) -> FailedAttempt {
        var error = AWSError(fault.code, fault.message)
        error.status = fault.status
        error.requestID = fault.requestID
        error.details = fault.members.isEmpty ? nil : .object(fault.members)
        if let region = response.headers["x-amz-bucket-region"], region != configuration.region {
            error.message += " (the bucket is in \(region): use that region)"
        }
        error.region = configuration.region
        error.bucketRegion = fault.bucketRegion(operation, header: response.headers["x-amz-bucket-region"])
        var failure = AttemptFailure(
            code: fault.code, status: fault.status, headers: response.headers, now: configuration.time.now()
        )
        failure.isModelled = model.hasError(fault.code)
        failure.modelledThrottling = model.isThrottling(fault.code)
        return FailedAttempt(error, failure)
    }

    func bucketRegion(_ bucket: String) -> String? { state.withLock { $0.bucketRegions[bucket] } }

    func remember(region: String, of bucket: String) {
        state.withLock { state in
            // More buckets than a program uses; beyond, all is learned anew.
            if state.bucketRegions.count >= 1_000 { state.bucketRegions = [:] }
            state.bucketRegions[bucket] = region
        }
    }

    /// The time by the service's clock, which signatures need.
    var serviceTime: Timestamp { configuration.time.now() + state.withLock { $0.clockSkew } }

    /// A response whose body was changed on its way.
    private func damagedAttempt(_ response: HTTPResponse) -> FailedAttempt {
        var error = AWSError(
            .invalidResponse,
            "the answer's \(response.body.count) bytes do not match their checksum x-amz-crc32: they were changed on the "
                + "way; if it goes on, look for a proxy that rewrites answers"
        )
        error.status = response.status
        error.requestID = response.headers["x-amzn-RequestId"]
        var failure = AttemptFailure(
            code: "", status: response.status, headers: response.headers, now: configuration.time.now())
        failure.isDamaged = true
        return FailedAttempt(error, failure)
    }

    /// Waits until the retry mode `adaptive` allows a request; does nothing in the others.
    private func waitForRate(deadline: Timestamp?) async throws {
        while let pause = state.withLock({ $0.limiter?.take(at: configuration.time.now()) ?? nil }) {
            if let deadline, configuration.time.now() + pause >= deadline {
                let cause = TransportError(
                    .timedOut,
                    "the service throttles this client, whose next request may be sent in \(pause.text): after the "
                        + "caller's deadline \(deadline)"
                )
                var error = AWSError(.transport, cause.message, underlying: cause)
                error.isThrottling = true
                throw error
            }
            try await configuration.time.sleep(pause)
        }
    }

    private func noteAnswer(isThrottling: Bool) {
        state.withLock { $0.limiter?.noteAnswer(isThrottling: isThrottling, at: configuration.time.now()) }
    }

    @Sendable func makeToken() -> String { randomUUID { UInt8(configuration.time.random() * 256) } }
}

extension HTTPBody {
    fileprivate var isStream: Bool {
        if case .stream = self { true } else { false }
    }
}
