import CCurl
import Glibc

extension CurlTransfer {
    /// The phases' durations so far; a reused connection has none for name, TCP and TLS.
    var timings: HTTPTimings {
        func time(_ info: CURLINFO) -> Duration { .microseconds(easy.offset(info)) }
        let (name, connect, tls) = (
            time(CURLINFO_NAMELOOKUP_TIME_T), time(CURLINFO_CONNECT_TIME_T), time(CURLINFO_APPCONNECT_TIME_T)
        )
        let isReused = status != 0 && easy.long(CURLINFO_NUM_CONNECTS) == 0
        return HTTPTimings(
            nameLookup: isReused ? .zero : route.lookup + name,
            connect: isReused ? .zero : max(.zero, connect - name),
            tls: isReused ? .zero : max(.zero, tls - connect),
            firstByte: max(.zero, time(CURLINFO_STARTTRANSFER_TIME_T) - time(CURLINFO_PRETRANSFER_TIME_T)),
            total: spent + time(CURLINFO_TOTAL_TIME_T)
        )
    }

    /// Turns libcurl's verdict into ours.
    func outcome(of code: CURLcode) -> Result<Void, any Error> {
        if let refusal { return .failure(refusal) }
        // libcurl takes a head that just stops for a whole one.
        let code = code == CURLE_OK && !headIsComplete ? CURLE_GOT_NOTHING : code
        guard code != CURLE_OK, !bodyIsCutOff else { return .success(()) }
        let phase = phase
        var error = TransportError(
            errorCode(code), message(code, phase), host: target.authority, phase: phase,
            certificate: certificates.facts, timings: timings
        )
        if let refusedAddress, [CURLE_COULDNT_CONNECT, CURLE_ABORTED_BY_CALLBACK].contains(code) {
            (error.code, error.phase) = (refusedAddress.code, refusedAddress.phase)
            error.message = "cannot connect to \(target.authority): \(refusedAddress.message)"
        }
        return .failure(error)
    }

    /// The part that was under way when it failed.
    private var phase: TransportError.Phase {
        if headIsComplete { return .body }
        if easy.offset(CURLINFO_PRETRANSFER_TIME_T) > 0 { return .firstByte }
        return certificates.isAttached ? .tls : .connect
    }

    private func errorCode(_ code: CURLcode) -> TransportError.Code {
        switch code {
        case CURLE_COULDNT_CONNECT: .connectFailed
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: .certificateRejected
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED: .tlsFailed
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: .proxyFailed
        case CURLE_RECV_ERROR where strstr(easy.failureText, "CONNECT tunnel") != nil: .proxyFailed
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_SSL_SHUTDOWN_FAILED:
            .connectionClosed
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_SEND_FAIL_REWIND, CURLE_SSL_CERTPROBLEM: .invalidRequest
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,
            CURLE_WRITE_ERROR:
            .malformedResponse
        default: .system
        }
    }

    private func message(_ code: CURLcode, _ phase: TransportError.Phase) -> String {
        let place = target.authority
        let detail = easy.failureText.isEmpty ? String(cString: curl_easy_strerror(code)) : easy.failureText
        switch errorCode(code) {
        case .timedOut: return timeoutMessage(phase)
        case .connectFailed:
            let number = Int32(truncatingIfNeeded: easy.long(CURLINFO_OS_ERRNO))
            return "connect to \(place): " + (number == 0 ? detail : TransportError.systemMessage(number))
        case .certificateRejected: return "the certificate of \(place) was rejected: \(detail)"
        case .tlsFailed where detail.hasSuffix("wrong version number"): return "\(place) does not speak TLS"
        case .tlsFailed: return "TLS handshake with \(place) failed: \(detail)"
        case .connectionClosed where phase == .body:
            return
                "\(place) closed the connection in the middle of the response, after \(received) bytes of its body: \(detail)"
        case .connectionClosed: return "\(place) closed the connection before it had answered: \(detail)"
        case .malformedResponse: return "the response of \(place) cannot be understood: \(detail)"
        case .tooLarge:
            return "the response of \(place) is larger than the \(request.maximumResponseBytes) bytes allowed"
        case .proxyFailed: return "the proxy for \(place) failed: \(detail)"
        case .invalidRequest where code == CURLE_SSL_CERTPROBLEM:
            return "the client certificate for \(place) cannot be used: \(detail)"
        case .invalidRequest:
            return "the body stream for \(place) would have to start again, which it cannot: \(detail)"
        default: return "the request to \(place) failed: \(detail)"
        }
    }

    private func timeoutMessage(_ phase: TransportError.Phase) -> String {
        let total = request.totalTimeout ?? request.connectTimeout
        let connecting = min(request.connectTimeout, total).text
        return switch phase {
        case .preparing, .nameLookup, .connect: "connect to \(target.authority) timed out after \(connecting)"
        case .tls: "TLS handshake with \(target.authority) timed out after \(connecting)"
        case .firstByte: "\(target.authority) did not answer within \(total.text)"
        case .body: "the response of \(target.authority) was not complete within \(total.text), \(received) bytes came"
        }
    }
}
