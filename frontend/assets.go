package frontend

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path"
	"regexp"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
)

// disk is the frontend directory read in dev mode; empty means the embedded files.
var disk atomic.Pointer[string]

// UseDisk makes the package read words, styles and scripts from a directory
// (the repository's frontend folder) on every page, for development. Handlers
// call it when MINYI_DEV=1. An empty dir goes back to the embedded files.
func UseDisk(dir string) {
	disk.Store(&dir)
	bundle.Store(nil)
	words.Store(nil)
}

func devMode() bool { d := disk.Load(); return d != nil && *d != "" }

func source() fs.FS {
	if devMode() {
		return os.DirFS(*disk.Load())
	}
	return embedded
}

// asset is one served file with its compressed twins, made at first request.
type asset struct {
	body        []byte
	contentType string
	once        sync.Once
	br, gz      []byte
}

type assets struct {
	hash   string
	files  map[string]*asset
	readAt time.Time
}

var (
	bundle     atomic.Pointer[assets]
	bundleLock sync.Mutex
)

// AssetPrefix begins the address of every asset; handlers mount it.
const AssetPrefix = "/assets/"

// Asset is the address of an asset by its path below frontend ("base/js/app.js",
// "pages/hearings/show.js") or of a bundle ("app.css", "desk.css"). All assets
// share one directory named by the hash of all of them, so relative imports
// between modules work and every address may be kept for ever.
func Asset(name string) string { return AssetPrefix + current().hash + "/" + name }

// AssetFile finds what an address serves and the best encoding that the
// Accept-Encoding header allows ("br", "gzip" or ""). ok is false for unknown
// names. The body is shared: do not change it.
func AssetFile(urlPath, acceptEncoding string) (body []byte, contentType, encoding string, ok bool) {
	_, name, found := strings.Cut(strings.TrimPrefix(urlPath, AssetPrefix), "/")
	if !found || !strings.HasPrefix(urlPath, AssetPrefix) {
		return nil, "", "", false
	}
	a, ok := current().files[name]
	if !ok {
		return nil, "", "", false
	}
	a.once.Do(a.compress)
	accepts := strings.ToLower(acceptEncoding)
	switch {
	case a.br != nil && strings.Contains(accepts, "br"):
		return a.br, a.contentType, "br", true
	case a.gz != nil && strings.Contains(accepts, "gzip"):
		return a.gz, a.contentType, "gzip", true
	}
	return a.body, a.contentType, "", true
}

// Script is the text of a script by its path below frontend, for a page that must
// work without this server. The error is that of a file that is not there.
func Script(name string) ([]byte, error) {
	raw, err := fs.ReadFile(source(), name)
	if err != nil {
		return nil, err
	}
	return smaller(name, raw), nil
}

// AssetCacheControl is the Cache-Control value for an asset address. An address
// of another version (a page from before a deployment, another node) is
// answered with today's file but must not be kept.
func AssetCacheControl(urlPath string) string {
	if strings.HasPrefix(urlPath, AssetPrefix+current().hash+"/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

func (a *asset) compress() {
	var br, gz bytes.Buffer
	bw := brotli.NewWriterLevel(&br, brotli.BestCompression)
	bw.Write(a.body)
	bw.Close()
	gw, _ := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	gw.Write(a.body)
	gw.Close()
	if br.Len() < len(a.body) {
		a.br = br.Bytes()
	}
	if gz.Len() < len(a.body) {
		a.gz = gz.Bytes()
	}
}

func current() *assets {
	if b := bundle.Load(); b != nil && (!devMode() || time.Since(b.readAt) < time.Second) {
		return b
	}
	bundleLock.Lock()
	defer bundleLock.Unlock()
	b := readAssets(source())
	if old := bundle.Load(); old != nil && old.hash == b.hash {
		old = &assets{hash: old.hash, files: old.files, readAt: time.Now()}
		bundle.Store(old)
		return old
	}
	bundle.Store(b)
	return b
}

var (
	typesByExt = map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
		".svg": "image/svg+xml", ".png": "image/png", ".json": "application/json", ".webmanifest": "application/manifest+json",
	}
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s+`)
	jsComment  = regexp.MustCompile(`(?m)^\s*//.*\n`)
)

// readAssets gathers scripts and pictures as they are and the styles in two
// bundles: base in the order of its file names, then parts, then pages.
func readAssets(files fs.FS) *assets {
	found := &assets{files: map[string]*asset{}, readAt: time.Now()}
	var styles []string
	for _, root := range []string{"base", "parts", "pages"} {
		fs.WalkDir(files, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			if ext := path.Ext(name); ext == ".css" {
				styles = append(styles, name)
			} else if kind, ok := typesByExt[ext]; ok {
				if raw, err := fs.ReadFile(files, name); err == nil {
					found.files[name] = &asset{body: smaller(name, raw), contentType: kind}
				}
			}
			return nil
		})
	}
	var app, desk bytes.Buffer
	for _, name := range styles {
		raw, _ := fs.ReadFile(files, name)
		to := &app
		if forDesk(name) {
			to = &desk
		}
		to.Write(smaller(name, raw))
		to.WriteByte('\n')
	}
	found.files["app.css"] = &asset{body: app.Bytes(), contentType: typesByExt[".css"]}
	found.files["desk.css"] = &asset{body: desk.Bytes(), contentType: typesByExt[".css"]}
	found.hash = hashOf(found.files)
	return found
}

// forDesk tells whether a style belongs to officers and administrators only.
func forDesk(name string) bool {
	for _, segment := range strings.Split(name, "/") {
		if strings.HasPrefix(segment, "desk") || strings.HasPrefix(segment, "admin") || strings.HasPrefix(segment, "gallery") {
			return true
		}
	}
	return false
}

// smaller drops comments and, in styles, repeated white space. It knows nothing
// of strings, so styles must not hold /* in one, nor scripts a line that begins
// with // inside a template literal (a test looks for both).
func smaller(name string, raw []byte) []byte {
	switch path.Ext(name) {
	case ".css":
		return bytes.TrimSpace(cssSpace.ReplaceAll(cssComment.ReplaceAll(raw, nil), []byte(" ")))
	case ".js":
		return jsComment.ReplaceAll(raw, nil)
	}
	return raw
}

func hashOf(files map[string]*asset) string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	sum := sha256.New()
	for _, name := range names {
		sum.Write([]byte(name))
		sum.Write([]byte{0})
		sum.Write(files[name].body)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}
