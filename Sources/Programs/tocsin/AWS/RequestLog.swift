import Basics
import Transport

/// Sends requests, and shows each with its response on standard error, without secrets.
///
/// Of the headers only those are shown that are known to hold no secret: others may be tokens or keys.
struct RequestLog: HTTPExecuting {
    let http: any HTTPExecuting

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
        printError(Self.text(of: request))
        let start = ContinuousClock.now
        do {
            let response = try await http.execute(request)
            printError(Self.text(of: response, after: ContinuousClock.now - start))
            return response
        } catch {
            printError("< \(error) after \((ContinuousClock.now - start).text)")
            throw error
        }
    }

    static func text(of request: HTTPRequest) -> String {
        let size = if case .bytes(let bytes) = request.body { ", \(counted(bytes.count, "byte"))" } else { "" }
        return (["> \(request.method) \(url(request.url))\(size)"] + lines(request.headers, ">")).joined(
            separator: "\n")
    }

    static func text(of response: HTTPResponse, after duration: Duration) -> String {
        let head = "< \(response.status), \(counted(response.body.count, "byte")) after \(duration.text)"
        return ([head] + lines(response.headers, "<")).joined(separator: "\n")
    }

    /// Header names, in small letters, whose values are shown.
    private static let harmless: Set = [
        "accept", "accept-encoding", "cache-control", "connection", "content-encoding", "content-length",
        "content-type", "date", "host", "location", "retry-after", "server", "transfer-encoding", "user-agent", "vary",
        "x-amz-bucket-region", "x-amz-content-sha256", "x-amz-date", "x-amz-id-2", "x-amz-request-id", "x-amz-target",
        "x-amzn-errortype", "x-amzn-query-mode", "x-amzn-requestid", "x-amzn-trace-id",
    ]

    private static func lines(_ headers: HTTPHeaders, _ mark: String) -> [String] {
        headers.map { field in
            let name = field.name.lowercased()
            let isShown =
                harmless.contains(name) || name.hasPrefix("amz-sdk-") || name.hasPrefix("x-amz-checksum-")
            let value = name == "authorization" ? authorization(field.value) : isShown ? field.value : "(hidden)"
            return "\(mark) \(field.name): \(value)"
        }
    }

    /// The signature's scope without the signature.
    private static func authorization(_ value: String) -> String {
        guard value.hasPrefix("AWS4-"), let end = value.firstRange(of: "Signature=") else { return "(hidden)" }
        return value[..<end.upperBound] + "(hidden)"
    }

    /// The URL, with the values of its query hidden that may be secrets.
    private static func url(_ url: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        // The credentials of a container lie at a path that only it should know.
        if parts[0].hasPrefix("http://169.254.170.") {
            return parts[0].split(separator: "/").prefix(2).joined(separator: "//") + "/…"
        }
        guard parts.count == 2 else { return url }
        let query = parts[1].split(separator: "&", omittingEmptySubsequences: false).map { item in
            let name = item.prefix { $0 != "=" }
            let isSecret = ["signature", "token", "credential", "secret"].contains { name.lowercased().contains($0) }
            return isSecret ? name + "=(hidden)" : item
        }
        return parts[0] + "?" + query.joined(separator: "&")
    }
}
