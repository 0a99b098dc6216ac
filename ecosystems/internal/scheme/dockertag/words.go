package dockertag

// stable is the rank of a release, above that of every stage.
const stable = 100

// stages ranks the words for pre-releases.
var stages = map[string]int{
	"dev": 1, "snapshot": 1, "nightly": 1, "unstable": 1, "test": 1, "edge": 1, "canary": 1, "next": 1,
	"alpha": 2, "a": 2,
	"beta": 3, "b": 3,
	"milestone": 4, "m": 4,
	"ea": 5, "pre": 5, "preview": 5,
	"rc": 6, "c": 6, "cr": 6,
}

// versionWords may be glued to a single number and still be a version's prefix.
var versionWords = map[string]bool{"v": true, "r": true, "go": true, "release": true, "version": true, "ver": true, "rel": true, "build": true}

// systems name base systems: in debian-12-1.4.0 the number after the name
// belongs to the system and is not the version of the image.
var systems = map[string]bool{
	"alpine": true, "debian": true, "ubuntu": true, "centos": true, "fedora": true, "rocky": true, "rockylinux": true, "almalinux": true, "alma": true,
	"ubi": true, "ubi-minimal": true, "rhel": true, "el": true, "fc": true, "amazonlinux": true, "al": true, "amzn": true,
	"oraclelinux": true, "ol": true, "photon": true, "opensuse": true, "leap": true, "suse": true, "sle": true, "sles": true, "bci": true, "archlinux": true,
	"azurelinux": true, "mariner": true, "cbl-mariner": true, "wolfi": true, "distroless": true, "busybox": true, "raspbian": true, "gentoo": true, "openeuler": true, "anolis": true, "amazon": true,
	"windowsservercore": true, "servercore": true, "nanoserver": true, "windows": true, "ltsc": true,
}

// runtimes name other software that images are built on: a number glued to one,
// or followed by a version, is not the version of the image.
var runtimes = map[string]bool{
	"jdk": true, "jre": true, "java": true, "openjdk": true, "temurin": true, "corretto": true, "graalvm": true, "jvm": true,
	"python": true, "py": true, "node": true, "nodejs": true, "php": true, "ruby": true, "perl": true, "golang": true, "dotnet": true,
	"cuda": true, "cudnn": true, "rocm": true, "scala": true, "erlang": true, "otp": true, "llvm": true, "gcc": true, "clang": true,
	"postgres": true, "postgresql": true, "pg": true, "mysql": true, "mariadb": true, "spark": true, "hadoop": true,
	"server": true, "win": true,
}

// windowsBuilds are the builds of Windows that image tags with three numbers name.
// Source: https://learn.microsoft.com/windows-server/get-started/windows-server-release-info.
var windowsBuilds = map[string]bool{
	"14393": true, "16299": true, "17134": true, "17763": true, "18362": true, "18363": true, "19041": true, "19042": true,
	"20348": true, "22000": true, "22621": true, "22631": true, "25398": true, "26100": true,
}

// systemNumbers are releases of Ubuntu and Windows as tags write them after a
// version (1.2.3-1804, 1.2.3-2004). If a repository has only these numbers
// there, they are not builds.
var systemNumbers = map[string]bool{
	"1604": true, "1804": true, "2004": true, "2204": true, "2404": true,
	"1709": true, "1803": true, "1809": true, "1903": true, "1909": true, "2016": true, "2019": true, "2022": true, "2025": true,
}

// architectures are words whose digits are no versions.
var architectures = map[string]bool{
	"amd64": true, "arm64": true, "arm64v8": true, "arm32v5": true, "arm32v6": true, "arm32v7": true, "armv5": true, "armv6": true,
	"armv7": true, "armv8": true, "armhf": true, "aarch64": true, "i386": true, "x86": true, "x64": true, "x86_64": true, "win64": true,
	"win32": true, "ppc64le": true, "ppc64el": true, "s390x": true, "riscv64": true, "mips64le": true, "loong64": true, "64bit": true, "32bit": true,
}

// A codename names a release of a distribution.
type codename struct {
	system  string
	release uint64 // the release number times 100: 22.04 is 2204
}

// codenames of Debian and Ubuntu.
// Sources: https://www.debian.org/releases/ and https://wiki.ubuntu.com/Releases.
var codenames = map[string]codename{
	"squeeze": {"debian", 600}, "wheezy": {"debian", 700}, "jessie": {"debian", 800}, "stretch": {"debian", 900},
	"buster": {"debian", 1000}, "bullseye": {"debian", 1100}, "bookworm": {"debian", 1200}, "trixie": {"debian", 1300},
	"forky": {"debian", 1400}, "duke": {"debian", 1500},
	"lucid": {"ubuntu", 1004}, "precise": {"ubuntu", 1204}, "trusty": {"ubuntu", 1404}, "xenial": {"ubuntu", 1604},
	"artful": {"ubuntu", 1710}, "bionic": {"ubuntu", 1804}, "cosmic": {"ubuntu", 1810}, "disco": {"ubuntu", 1904},
	"eoan": {"ubuntu", 1910}, "focal": {"ubuntu", 2004}, "groovy": {"ubuntu", 2010}, "hirsute": {"ubuntu", 2104},
	"impish": {"ubuntu", 2110}, "jammy": {"ubuntu", 2204}, "kinetic": {"ubuntu", 2210}, "lunar": {"ubuntu", 2304},
	"mantic": {"ubuntu", 2310}, "noble": {"ubuntu", 2404}, "oracular": {"ubuntu", 2410}, "plucky": {"ubuntu", 2504},
	"questing": {"ubuntu", 2510}, "resolute": {"ubuntu", 2604},
	"yakkety": {"ubuntu", 1610}, "zesty": {"ubuntu", 1704}, "wily": {"ubuntu", 1510}, "vivid": {"ubuntu", 1504}, "utopic": {"ubuntu", 1410},
}
