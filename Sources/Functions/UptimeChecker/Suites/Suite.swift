import Basics
import Transport

/// An entry of `suites` in Gatus's format: endpoints that are checked one after the other and share values.
struct Suite: Sendable {
    /// `name`; never empty.
    var name: String
    /// `group`; it is that of the steps, too.
    var group: String?
    /// `enabled`.
    var isEnabled = true
    /// `interval`: the time between two runs.
    var interval = Duration.seconds(600)
    /// `timeout` of a whole run.
    var timeout = Duration.seconds(300)
    /// `context`.
    var context = SuiteContext()
    /// `endpoints`, in the order in which they run; at least one is enabled.
    var steps: [Endpoint] = []
}

extension Suite {
    /// Gatus's key, `<group>_<name>`; no endpoint and no other suite of a file has it.
    var key: String { Endpoint.key(group: group, name: name) }

    /// `group/name`, or the name alone.
    var displayName: String { group.map { "\($0)/\(name)" } ?? name }
}

extension Suite {
    /// Keeps the values at some paths out of all results.
    mutating func hide(_ paths: Set<String>) {
        context.hide(paths)
        for step in steps.indices {
            for store in steps[step].step?.stores.indices ?? 0..<0 { steps[step].step?.stores[store].hide(paths) }
        }
    }
}

extension Suite: CustomStringConvertible {
    /// Only the name, because steps and context may hold secrets.
    var description: String { displayName }
}

/// What an endpoint has that is the step of a suite.
struct SuiteStep: Sendable {
    /// The name of the suite.
    var suite: String
    /// `store`.
    var stores: [StoredValue] = []
    /// `always-run`: whether it also runs when a step before it has failed.
    var alwaysRuns = false
    /// The values so far; while it is checked.
    var context = SuiteContext()
    /// The cookies of this run of the suite; while it is checked.
    var cookies: CookieJar?
}

extension Endpoint {
    /// What a check has to find out for the conditions and for the steps behind this one.
    var needs: Condition.Needs {
        (step?.stores ?? []).reduce(into: conditions.needs) { $0.formUnion($1.needs) }
    }

    /// The texts of the request that may have `[CONTEXT].name` in them, each with its key in the file.
    var contextTexts: [(key: String, name: String?, text: ContextText)] {
        [("url", nil, ContextText(url)), ("body", nil, ContextText(body))]
            + headers.map { ("headers", $0.name, ContextText($0.value)) }
    }

    /// The paths of the values that it sends in headers and parameters of credentials.
    var credentialPaths: [String] {
        let headers = headers.filter { SecretMask.isCredential(header: $0.name.lowercased()) }.map(\.value)
        return (headers + PublicURL.secrets(in: url)).flatMap { ContextText($0).paths }
    }

    /// What it needs of the context and has no value, in the order of its request and its conditions: `[CONTEXT].id`.
    ///
    /// A condition on a value that there is not would compare with the placeholder, and `!=` would always hold.
    func missingValues(in context: SuiteContext) -> [String] {
        let optional = Set(conditions.flatMap(\.contextPathsThatMayLack))
        let paths =
            contextTexts.flatMap(\.text.paths)
            + conditions.flatMap(\.contextPaths).filter { !optional.contains($0) }
        return paths.reduce(into: []) { missing, path in
            let place = "\(ContextPath.placeholder).\(path)"
            if context.value(at: path) == nil, !missing.contains(place) { missing.append(place) }
        }
    }

    /// A step with the values of the context in its request, and why that cannot be sent; nil when it can.
    ///
    /// The values go in as they are, as in Gatus, but a space or another character that no URL may have is
    /// percent-encoded there.
    func filled(from context: SuiteContext, cookies: CookieJar?) -> (endpoint: Endpoint, problem: String?) {
        var endpoint = self
        endpoint.step?.context = context
        endpoint.step?.cookies = cookies
        func filled(_ text: String, _ encoded: (String) -> String = { $0 }) -> String {
            guard text.contains("[") else { return text }
            return ContextText(text).filled { path in
                context.value(at: path).map { encoded($0.contextText) }
            }
        }
        endpoint.url = filled(url, Self.urlText)
        endpoint.body = filled(body)
        endpoint.headers = HTTPHeaders(headers.map { (name: $0.name, value: filled($0.value)) })
        let missing = missingValues(in: context)
        guard missing.isEmpty else {
            return (endpoint, "not asked: there is no value for \(missing.joined(separator: ", "))")
        }
        for field in endpoint.headers where field.value.utf8.contains(where: \.isControlOfHeader) {
            return (
                endpoint,
                "not asked: with its values, the header \(field.name) has a line break or another control character"
            )
        }
        guard endpoint.url != url else { return (endpoint, nil) }
        do throws(TargetError) {
            endpoint.target = try CheckTarget(url: endpoint.url, question: target.question)
        } catch {
            return (endpoint, "not asked: with its values, the URL \(error.message)")
        }
        return (endpoint, nil)
    }

    /// The URL with a sample in the place of each value that is not known yet, to find out whether it is one.
    static func sampleURL(_ url: String, _ context: SuiteContext) -> String {
        ContextText(url).filled { context.value(at: $0).map { urlText($0.contextText) } ?? "1" }
    }

    private static func urlText(_ value: String) -> String {
        // Everything that is printable ASCII, and not among those that RFC 3986 has nowhere.
        percentEncoded(value, keeping: "!#$%&'()*+,/:;=?@[]")
    }
}

extension UInt8 {
    /// Whether the byte must not be part of the value of a header.
    var isControlOfHeader: Bool { self < 0x20 && self != 0x09 || self == 0x7F }
}
