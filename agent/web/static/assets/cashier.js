// The page of a real till.
import { Till } from './till.js';

new Till(document.getElementById('till')).start();
