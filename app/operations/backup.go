package operations

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"minyi/app/kit/code"
	"minyi/models"
)

// manifest is the last entry of a backup: what it holds and the hash of each entry.
type manifest struct {
	Format  int               `json:"format"`
	MadeAt  time.Time         `json:"made_at"`
	Steps   []string          `json:"steps"`
	Rows    map[string]int    `json:"rows"`
	Entries map[string]string `json:"entries"` // name → SHA-256
}

const manifestName = "manifest.json"

// Backup writes the whole site as it is at one moment into a new file, while it
// goes on running: every table as JSON lines and every attachment, each with its
// hash. The same file can be restored into SQLite and into PostgreSQL. It appears
// under its name only when it is complete and on disk. done is told of each entry.
// Errors: Invalid (operations.unwritable) for a folder that takes no file.
func (s *Service) Backup(ctx context.Context, file string, done func(entry string)) (map[string]int, error) {
	part, err := os.CreateTemp(filepath.Dir(file), ".minyi-backup-*")
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) { // its name is one that nobody has asked for
			err = path.Err
		}
		return nil, &models.Error{Kind: models.Invalid, Key: "operations.unwritable", Args: []any{"folder", filepath.Dir(file)}, Err: err}
	}
	defer os.Remove(part.Name())
	defer part.Close()
	w := &archive{zip: zip.NewWriter(part), m: manifest{Format: 1, MadeAt: s.db.Now(), Steps: models.Steps(), Entries: map[string]string{}}, done: done}
	if w.m.Rows, err = s.db.Export(ctx, func(table string) (io.Writer, error) { return w.entry("tables/" + table + ".jsonl") }); err != nil {
		return nil, err
	}
	if err := s.eachFile(func(name, path string) error { return w.file("files/"+name, path) }); err != nil {
		return nil, err
	}
	if err := w.finish(); err != nil {
		return nil, err
	}
	if err := part.Sync(); err != nil {
		return nil, err
	}
	return w.m.Rows, os.Rename(part.Name(), file)
}

// eachFile walks the attachments: all of the data folder but the database and the
// search index, which can be made anew.
func (s *Service) eachFile(f func(name, path string) error) error {
	return filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == s.dir {
			return nil // beside PostgreSQL the folder is made with the first attachment
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(s.dir, path)
		switch {
		case err != nil:
			return err
		case e.IsDir() && (name == "search" || strings.HasPrefix(e.Name(), ".") && name != "."):
			return fs.SkipDir
		case !e.Type().IsRegular(), strings.HasPrefix(name, "minyi.db"), strings.HasPrefix(e.Name(), "."):
			return nil
		case filepath.Dir(name) == ".":
			return nil // attachments lie in folders; a backup kept here is none
		}
		return f(filepath.ToSlash(name), path)
	})
}

type archive struct {
	zip  *zip.Writer
	m    manifest
	done func(string)
	name string
	sum  hash.Hash
}

func (a *archive) close() {
	if a.name != "" {
		a.m.Entries[a.name] = hex.EncodeToString(a.sum.Sum(nil))
		if a.done != nil {
			a.done(a.name)
		}
	}
}

func (a *archive) entry(name string) (io.Writer, error) {
	a.close()
	w, err := a.zip.Create(name)
	a.name, a.sum = name, sha256.New()
	return io.MultiWriter(w, a.sum), err
}

func (a *archive) file(name, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	w, err := a.entry(name)
	if err == nil {
		_, err = io.Copy(w, in)
	}
	return err
}

func (a *archive) finish() error {
	a.close()
	w, err := a.zip.Create(manifestName)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(a.m); err != nil {
		return err
	}
	return a.zip.Close()
}

// Restore puts a backup in place of what the store holds, all of it or nothing:
// first every hash is checked, then everything is written in one transaction. A
// store that is in use is replaced only if replace is set. Errors: Conflict
// (operations.not_empty), Invalid (operations.damaged, operations.other_schema).
func (s *Service) Restore(ctx context.Context, file string, replace bool) (map[string]int, error) {
	blank, err := s.db.Blank(ctx)
	if err != nil {
		return nil, err
	}
	if !blank && !replace {
		return nil, models.Fail(models.Conflict, "operations.not_empty")
	}
	r, err := zip.OpenReader(file)
	if err != nil {
		return nil, damaged(err)
	}
	defer r.Close()
	m, err := verify(&r.Reader)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(m.Steps, models.Steps()) {
		return nil, models.Fail(models.Invalid, "operations.other_schema")
	}
	for name := range m.Entries {
		if path, ok := strings.CutPrefix(name, "files/"); ok {
			if err := s.putFile(&r.Reader, name, path); err != nil {
				return nil, err
			}
		}
	}
	return m.Rows, s.db.Replace(ctx, code.NewToken()[:16], func(table string) (io.ReadCloser, error) { return r.Open("tables/" + table + ".jsonl") })
}

func damaged(err error) error {
	return &models.Error{Kind: models.Invalid, Key: "operations.damaged", Err: err}
}

// verify reads the whole archive once and compares every hash.
func verify(r *zip.Reader) (m manifest, err error) {
	f, err := r.Open(manifestName)
	if err != nil {
		return m, damaged(err)
	}
	defer f.Close()
	if err := json.NewDecoder(f).Decode(&m); err != nil || m.Format != 1 {
		return m, damaged(fmt.Errorf("manifest of format %d: %w", m.Format, err))
	}
	for name, want := range m.Entries {
		if err := checkEntry(r, name, want); err != nil {
			return m, damaged(err)
		}
	}
	return m, nil
}

func checkEntry(r *zip.Reader, name, want string) error {
	f, err := r.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("%s has the hash %s, not %s", name, got, want)
	}
	return nil
}

// putFile writes one attachment; a name that leads out of the folder is damage.
func (s *Service) putFile(r *zip.Reader, name, path string) error {
	path = filepath.FromSlash(path)
	if !filepath.IsLocal(path) {
		return damaged(fmt.Errorf("%s leads out of the data folder", name))
	}
	in, err := r.Open(name)
	if err != nil {
		return damaged(err)
	}
	defer in.Close()
	to := filepath.Join(s.dir, path)
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
