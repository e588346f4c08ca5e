package upload

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// youngFor is how long a file that no row names is left alone: whoever sent it may
// still be on the way to the database.
const youngFor = 24 * time.Hour

// Store keeps files in a folder, each once, under the hash of its bytes. It is safe
// for concurrent use.
type Store struct {
	dir string
	// mu keeps the last row of a file from going while a new one comes.
	mu sync.RWMutex
}

// NewStore keeps files in dir, which need not exist yet.
func NewStore(dir string) *Store { return &Store{dir: dir} }

// At is where the bytes with a hash lie.
func (s *Store) At(sum string) string { return filepath.Join(s.dir, sum[:2], sum) }

// Keep writes files and then calls row, which names them in the database; nobody
// takes the bytes away in between. When row fails the bytes stay until
// [Store.Sweep]. A file gets its name only when its bytes are on disk.
func (s *Store) Keep(files []File, row func() error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, f := range files {
		if err := s.write(f); err != nil {
			return err
		}
	}
	return row()
}

// Scratch opens a new file on the disk of the store that has no name: it goes when it is
// closed, or when the program ends. A nil store takes the system's folder.
func (s *Store) Scratch() (*os.File, error) {
	dir := ""
	if s != nil {
		if dir = s.dir; os.MkdirAll(dir, 0o750) != nil {
			dir = ""
		}
	}
	file, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func (s *Store) write(f File) error {
	path := s.At(f.SHA256)
	if _, err := os.Stat(path); err == nil {
		now := time.Now() //house:allow clock the age of a file on disk is wall time
		return os.Chtimes(path, now, now)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone already when it got its name
	_, err = part.Write(f.Data)
	if err == nil {
		err = part.Sync()
	}
	if e := part.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}

// Drop takes the bytes with a hash away unless used says that a row still names
// them. Bytes that are gone already are no error.
func (s *Store) Drop(sum string, used func() (bool, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, err := used()
	if err != nil || in {
		return err
	}
	if err := os.Remove(s.At(sum)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Sweep takes away every file older than a day that no row names, and tells how
// many. used gets a hash.
func (s *Store) Sweep(used func(sum string) (bool, error)) (int, error) {
	n := 0
	now := time.Now() //house:allow clock the age of a file on disk is wall time
	err := filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil || now.Sub(info.ModTime()) < youngFor {
			return nil
		}
		if strings.HasPrefix(e.Name(), ".") { // half a file of a process that died
			n++
			return os.Remove(path)
		}
		before := n
		err = s.Drop(e.Name(), func() (bool, error) {
			in, err := used(e.Name())
			if err == nil && !in {
				n++
			}
			return in, err
		})
		if err != nil {
			n = before
		}
		return err
	})
	return n, err
}
