internal import JSON
internal import Synchronization
internal import Transport

extension AWSClient {
    /// A call that is ready to be sent, as often as it takes.
    struct PreparedCall {
        var operation: OperationModel
        var input: JSONValue
        var endpoint: Endpoint
        /// Without date and signature: each attempt adds its own.
        var request: HTTPRequest
    }

    func prepare(
        _ name: String, _ input: JSONValue, _ body: HTTPBody, _ maximumResponseBytes: Int
    ) throws(AWSError) -> PreparedCall {
        let operation = try model.operation(name)
        var payload: [UInt8]?
        if case .bytes(let bytes) = body { payload = bytes }
        var wire = try operation.request(input, payload: payload, idempotencyToken: makeToken)
        if !body.isStream {
            let settings = configuration.settings
            if !settings.isOn("AWS_DISABLE_REQUEST_COMPRESSION", key: "disable_request_compression") {
                try wire.compress(for: operation)
            }
            try wire.addChecksum(for: operation, input)
        }
        // Without a body, POST and PUT still announce a length of zero.
        let hasBody = !wire.body.isEmpty || ["POST", "PUT"].contains(wire.method)
        let bucket = model.metadata.serviceID == "S3" ? input["Bucket"]?.stringValue : nil
        let endpoint = try resolver.endpoint(bucket: bucket)
        var request = HTTPRequest(
            wire.method, endpoint.url(target: wire.target, bucket: bucket, hostPrefix: wire.hostPrefix),
            headers: wire.headers, body: body.isStream ? body : hasBody ? .bytes(wire.body) : .none,
            totalTimeout: body.isStream ? nil : configuration.attemptTimeout,
            maximumResponseBytes: maximumResponseBytes
        )
        request.headers.set("User-Agent", "tocsin")
        return PreparedCall(operation: operation, input: input, endpoint: endpoint, request: request)
    }

    func perform(_ call: PreparedCall, deadline: Timestamp?) async throws -> AWSResult {
        let isStream = call.request.body.isStream
        var policy = RetryPolicy(maximumAttempts: isStream ? 1 : configuration.maximumAttempts, deadline: deadline)
        while true {
            let credentials = call.operation.isUnsigned ? nil : try await configuration.credentials.credentials()
            var (error, failure): (AWSError, AttemptFailure)
            switch try await attempt(call, credentials, deadline: deadline) {
            case .success(let output):
                state.withLock { $0.quota.giveBack(policy.refund) }
                return AWSResult(output, attempts: policy.attempt)
            case .failure(let refusal): (error, failure) = (refusal.error, refusal.failure)
            }
            error.attempt = policy.attempt
            error.maximumAttempts = policy.maximumAttempts
            let (now, random) = (configuration.time.now(), configuration.time.random())
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
            case .giveUp: throw error
            }
            if isStream { throw error }  // it is gone once it has been sent
        }
    }

    /// An attempt's failure, for the caller and for the retry decision.
    private struct Refusal: Error {
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
        _ call: PreparedCall, _ credentials: AWSCredentials?, deadline: Timestamp?
    ) async throws -> Result<OperationOutput, Refusal> {
        let request = try request(for: call, credentials, deadline: deadline)
        let response: HTTPResponse
        do { response = try await configuration.http.execute(request) } catch let error as TransportError {
            return .failure(
                Refusal(AWSError(.transport, error.message, underlying: error), AttemptFailure(error))
            )
        }
        let wire = WireResponse(status: response.status, headers: response.headers, body: response.body)
        do {
            return try model.result(of: call.operation, wire, call.input).mapError { refusal($0, response) }
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
            signer.sign(&request, with: credentials, region: call.endpoint.signingRegion, at: now + skew)
        }
        return request
    }

    private func refusal(_ fault: ServiceFault, _ response: HTTPResponse) -> Refusal {
        var error = AWSError(fault.code, fault.message)
        error.status = fault.status
        error.requestID = fault.requestID
        error.details = fault.members.isEmpty ? nil : .object(fault.members)
        if let region = response.headers["x-amz-bucket-region"], region != configuration.region {
            error.message += " (the bucket is in \(region): use that region)"
        }
        let failure = AttemptFailure(
            code: fault.code, status: fault.status, headers: response.headers, now: configuration.time.now()
        )
        return Refusal(error, failure)
    }

    /// A version 4 UUID.
    private func makeToken() -> String {
        var bytes = (0..<16).map { _ in UInt8(configuration.time.random() * 256) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(bytes.hex)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
    }
}

extension HTTPBody {
    fileprivate var isStream: Bool {
        if case .stream = self { true } else { false }
    }
}

extension AWSResult {
    fileprivate init(_ output: OperationOutput, attempts: Int) {
        self.output = .object(output.value)
        body = output.payload ?? []
        status = output.status
        headers = output.headers
        requestID = output.requestID
        self.attempts = attempts
    }
}
