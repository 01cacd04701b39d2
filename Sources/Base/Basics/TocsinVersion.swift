/// The version of Tocsin: of `--version`, the User-Agent, the log line of a start, and the SBOMs.
///
/// `Tools/licences/sbom.py` reads it from this file.
public enum TocsinVersion {
    /// As `1.2.3`.
    public static let current = "0.1.0"

    /// The value of `User-Agent` in requests to cloud services and web hooks.
    public static let userAgent = "tocsin/" + current
}
