import Synchronization
import Transport

/// The jars of the endpoints with `client.store-cookies`, kept from check to check as Gatus keeps them.
///
/// Each endpoint has its own. The steps of a suite share one, which is empty when the suite begins: a session that a
/// step has begun ends with the run.
final class EndpointCookies: Sendable {
    private let jars = Mutex<[String: CookieJar]>([:])

    /// The jar of an endpoint; nil for one that keeps no cookies.
    func jar(of endpoint: Endpoint) -> CookieJar? {
        guard endpoint.client.storesCookies else { return nil }
        if let step = endpoint.step { return step.cookies }
        return jars.withLock { jars in
            if let jar = jars[endpoint.key] { return jar }
            let jar = CookieJar()
            jars[endpoint.key] = jar
            return jar
        }
    }
}
