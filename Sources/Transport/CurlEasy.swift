import CCurl

/// One libcurl easy handle with everything whose memory it points into.
///
/// Loop's thread only.
final class CurlEasy {
    let handle: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText: UnsafeMutablePointer<CChar>
    /// The first option that libcurl refused.
    private var refusal: CURLcode?

    init() throws(TransportError) {
        guard let handle = curl_easy_init() else {
            throw TransportError(.system, "libcurl cannot start: out of memory")
        }
        self.handle = handle
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_ERRORBUFFER, pointer: errorText)
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// What libcurl says about a failure, more exact than the code.
    var failureText: String { String(cString: errorText) }

    func set(_ option: CURLoption, _ value: Int) { note(curl_set_long(handle, option, value)) }
    func set(_ option: CURLoption, _ value: Bool) { note(curl_set_long(handle, option, value ? 1 : 0)) }
    func set(_ option: CURLoption, offset: Int) { note(curl_set_offset(handle, option, curl_off_t(offset))) }
    func set(_ option: CURLoption, _ value: String?) { note(curl_set_string(handle, option, value)) }
    func set(_ option: CURLoption, milliseconds: Duration) {
        set(option, Int(min(max(1, milliseconds.clampedNanoseconds / 1_000_000), UInt64(Int32.max))))
    }
    func set(_ option: CURLoption, pointer: UnsafeRawPointer) { note(curl_set_pointer(handle, option, pointer)) }
    func set(_ option: CURLoption, function: curl_data_function) {
        note(curl_set_data_function(handle, option, function))
    }
    func set(seek function: curl_seek_callback) { note(curl_set_seek_function(handle, function)) }
    func set(tls function: curl_ssl_ctx_callback) { note(curl_set_tls_function(handle, function)) }
    func set(opensocket function: curl_opensocket_callback) { note(curl_set_opensocket_function(handle, function)) }
    func set(prerequisite function: curl_prereq_callback) { note(curl_set_prereq_function(handle, function)) }

    func set(_ option: CURLoption, list values: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values { list = curl_slist_append(list, value) ?? list }
        guard let list else { return }
        lists.append(list)
        set(option, pointer: list)
    }

    /// Throws if libcurl refused any option so far.
    func check() throws(TransportError) {
        guard let refusal else { return }
        throw TransportError(
            .invalidRequest, "libcurl refuses the request: \(String(cString: curl_easy_strerror(refusal)))")
    }

    func long(_ info: CURLINFO) -> Int { curl_info_long(handle, info) }
    func offset(_ info: CURLINFO) -> Int { Int(curl_info_offset(handle, info)) }
    func string(_ info: CURLINFO) -> String? { curl_info_string(handle, info).map { String(cString: $0) } }

    private func note(_ code: CURLcode) {
        if code != CURLE_OK, refusal == nil { refusal = code }
    }
}
